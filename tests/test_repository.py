"""The files around the package name what there is: Makefile, workflow, hooks, Dockerfile, citation, versions."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.projects import REPOSITORY

from seqpipe import __version__
from seqpipe.command import COMMANDS
from seqpipe.project.template import SHIPPED

WORKFLOW = REPOSITORY / ".github/workflows/ci.yml"
HOOKS = REPOSITORY / ".pre-commit-config.yaml"
DOCKERFILE = REPOSITORY / "Dockerfile"


def read(path):
    return (REPOSITORY / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def targets():
    """The targets of the Makefile."""
    return set(re.findall(r"^([\w-]+):", read("Makefile"), flags=re.MULTILINE))


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads(read("pyproject.toml"))


def steps():
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("where", [".ci/run", "README.md", "CONTRIBUTING.md", "docs/kedro_viz.md"])
def test_targets_that_are_named_are_there(where, targets):
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", read(where), flags=re.MULTILINE))
    assert named, where
    assert named <= targets


def test_the_makefile_names_all_its_targets_as_phony_but_what_it_makes(targets):
    (phony,) = re.findall(r"^\.PHONY: (.+)$", read("Makefile"), flags=re.MULTILINE)
    assert set(phony.split()) == targets


def test_the_workflow_calls_what_is_there_and_does_all_of_the_local_check(targets):
    commands = [step["run"] for step in steps() if "run" in step]
    made = {command.removeprefix("make ") for command in commands if command.startswith("make ")}
    local = set(re.findall(r"^make ([\w-]+)", read(".ci/run"), flags=re.MULTILINE))
    assert made == local | {"run"}
    assert made <= targets


def test_the_workflow_tries_supported_versions_of_python(pyproject):
    tried = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["test"]["strategy"]["matrix"]["python"]
    supported = {line.rpartition(" ")[2] for line in pyproject["project"]["classifiers"] if ":: Python :: 3." in line}
    assert len(tried) == 2
    assert set(tried) <= supported
    assert f">={min(supported, key=Version)}" == pyproject["project"]["requires-python"]


def test_hooks_run_what_the_set_up_installs():
    (repo,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    assert repo["repo"] == "local", "nothing is fetched"
    for hook in repo["hooks"]:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        assert (Path(sys.executable).parent / Path(program).name).exists()
    linted = set(re.findall(r"^\t\$\(BIN\)/(ruff \w+|mypy|lint-imports)", read("Makefile"), flags=re.MULTILINE))
    hooked = {" ".join(hook["entry"].removeprefix(".venv/bin/").split(" --")[0].split()) for hook in repo["hooks"]}
    assert hooked == linted


def copied():
    """What the Dockerfile copies out of the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_the_image_is_made_of_files_that_are_there_and_that_docker_is_given():
    rules = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    for source in copied():
        assert (REPOSITORY / source).exists(), source
        ignored = False
        for rule in rules:  # the last one that fits counts
            pattern = rule.removeprefix("!")
            if fnmatch(source, pattern) or source.startswith(f"{pattern}/"):
                ignored = not rule.startswith("!")
        assert not ignored, source
    assert set(SHIPPED) <= set(copied())


def test_the_image_calls_commands_that_are_there():
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert json.loads(re.findall(r"^ENTRYPOINT (.+)$", text, flags=re.MULTILINE)[0]) == ["seqpipe"]
    (default,) = json.loads(re.findall(r"^CMD (.+)$", text, flags=re.MULTILINE)[0])
    called = {default, *re.findall(r"(?:RUN|&&) seqpipe (\w+)", text)}
    assert called == {"run", "new", "doctor"} <= set(COMMANDS)


def test_one_version_everywhere():
    citation = yaml.safe_load(read("CITATION.cff"))
    newest = re.findall(r"^## (\S+)", read("CHANGELOG.md"), flags=re.MULTILINE)[0]
    assert citation["version"] == __version__
    assert newest in (__version__, "Unreleased")


def test_the_citation_has_what_its_format_asks_for(pyproject):
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["license"] == pyproject["project"]["license"] == "MIT"
    assert citation["repository-code"] == pyproject["project"]["urls"]["Homepage"]
    assert [one["name"] for one in citation["authors"]] == [one["name"] for one in pyproject["project"]["authors"]]


def test_the_build_ships_what_a_new_project_is_made_of():
    for node in ast.parse(read("setup.py")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "SHIPPED":
            assert ast.literal_eval(node.value) == SHIPPED
            return
    pytest.fail("setup.py ships nothing")


def test_what_is_pinned_is_what_the_package_asks_for(pyproject):
    lines = [line for line in read("requirements.lock").splitlines() if line[:1] not in ("", "#")]
    pinned = {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}
    asked = [Requirement(text) for text in pyproject["project"]["dependencies"]]
    asked += [Requirement(text) for text in pyproject["project"]["optional-dependencies"]["dev"]]
    for one in asked:
        (equal,) = pinned[canonicalize_name(one.name)]
        assert one.specifier.contains(equal.version), one
    assert len(pinned) == len(lines), "one is pinned twice"


@pytest.mark.parametrize("path", [".ci/run", "setup.py", "Makefile"])
def test_files_that_run_are_in_git(path):
    done = subprocess.run(["git", "ls-files", "--stage", path], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no checkout")
    assert done.stdout.startswith("100755" if path == ".ci/run" else "100644")
