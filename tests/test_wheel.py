"""The wheel holds all that the package needs, and what is installed from it works without a checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from tests.projects import REPOSITORY

from seqpipe import __version__
from seqpipe.project.template import SHIPPED

pytestmark = pytest.mark.slow

OF_THE_BUILD = ("src", "conf", "notebooks", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
TEMPLATE = "seqpipe/project/template"
UNKEPT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")


def done(*command, folder, **variables):
    """Runs a command without the variables by which the checkout is found; its output."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MLFLOW_", "KEDRO_"))}
    ran = subprocess.run(list(map(str, command)), cwd=folder, env=clean | variables, capture_output=True, text=True)
    assert ran.returncode == 0, f"{command}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the source distribution, in a copy: a build leaves files behind."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in OF_THE_BUILD:
        source = REPOSITORY / name
        shutil.copytree(source, copy / name, ignore=UNKEPT) if source.is_dir() else shutil.copy(source, copy)
    done(sys.executable, "-m", "build", "--outdir", out, copy, folder=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder of commands of an environment into which nothing but the wheel was installed."""
    environment = tmp_path_factory.mktemp("environment")
    done(sys.executable, "-m", "venv", environment, folder=environment)
    pinned = REPOSITORY / "requirements.lock"
    # Python compiles what is imported; torch is large, and most of it is not.
    pip = (environment / "bin/python", "-m", "pip", "install", "--quiet", "--no-compile")
    done(*pip, "--constraint", pinned, wheel, folder=environment)
    yield environment / "bin"
    # Gigabytes, of which pytest would keep three.
    shutil.rmtree(environment)


def files_of(root):
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_the_wheel_has_every_file_of_the_package_and_the_template_of_the_repository(wheel):
    with zipfile.ZipFile(wheel) as opened:
        held = {name: opened.read(name) for name in opened.namelist() if ".dist-info/" not in name}
    ours = {name: text for name, text in files_of(REPOSITORY / "src").items() if is_kept(name)}
    template = {}
    for name in SHIPPED:
        source = REPOSITORY / name
        inside = files_of(source) if source.is_dir() else {"": source.read_bytes()}
        template |= {f"{TEMPLATE}/{name}/{path}".rstrip("/"): text for path, text in inside.items()}
    assert held == ours | template


def is_kept(name):
    return not any(part == "__pycache__" or part.endswith(".egg-info") for part in Path(name).parts)


def test_an_empty_environment_goes_from_nothing_to_answers(installed, tmp_path):
    seqpipe, python = installed / "seqpipe", installed / "python"
    where = done(python, "-c", "import seqpipe; print(seqpipe.__file__)", folder=tmp_path).strip()
    assert Path(where).is_relative_to(installed.parent), "it is the checkout's"
    assert __version__ in done(seqpipe, "--version", folder=tmp_path)

    done(seqpipe, "new", "mine", folder=tmp_path)
    project = tmp_path / "mine"
    doctor = json.loads(done(seqpipe, "doctor", "--json", folder=project))
    assert doctor["ready"]
    assert doctor["checks"]["configuration"] == {
        "told": "All parameters are right.",
        "facts": {"valid": True},
        "lacks": [],
        "hints": [],
    }

    shutil.copytree(REPOSITORY / "conf/test", project / "conf/test")
    said = done(seqpipe, "run", "--env", "test", folder=project)
    assert "MLflow UI:  seqpipe ui" in said
    assert (project / "data/08_reporting/report.html").stat().st_size > 10_000

    clips = pd.read_parquet(project / "data/02_intermediate/samples.parquet")["path"].head(3)
    done(seqpipe, "predict", *clips, "--env", "test", "--out", "answers.csv", folder=project)
    answers = pd.read_csv(project / "answers.csv")
    assert answers["probability"].between(0, 1).all()
    assert len(answers) == len(clips)

    done(seqpipe, "bundle", tmp_path / "carried", "--env", "test", folder=project)
    done(seqpipe, "predict", *clips, "--model", tmp_path / "carried", "--out", "again.csv", folder=tmp_path)
    assert pd.read_csv(tmp_path / "again.csv")["label"].tolist() == answers["label"].tolist()
