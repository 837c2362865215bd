"""The command: every check in a line, a lack with its remedy and 1, the same for machines."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from tests.projects import environment

from seqpipe.command import main
from seqpipe.doctor import registry
from seqpipe.doctor.finding import Finding, listed
from seqpipe.doctor.registry import CHECKS, examined


@pytest.fixture
def checks(monkeypatch):
    def put(**some):
        monkeypatch.setattr(registry, "CHECKS", some)
        monkeypatch.setattr(registry.examined, "__defaults__", (some,))

    return put


def doctor(*arguments):
    return CliRunner().invoke(main, ["doctor", *arguments])


def test_all_checks_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = doctor()
    assert told.exit_code == 0, told.output
    assert [line.split()[0] for line in told.stdout.splitlines() if line[:1].strip()][:-1] == list(CHECKS)
    assert told.stdout.endswith("\nAll that is needed is there.\n")
    assert list(tmp_path.iterdir()) == []


def test_every_check_gives_facts_that_json_can_hold(tmp_path):
    for name, finding in examined(tmp_path):
        assert finding.told.endswith((".", ":")), name
        assert json.loads(json.dumps(finding.facts)) == finding.facts, name


def test_a_lack_and_a_hint_are_told_and_a_lack_is_1(checks):
    checks(fine=lambda _: Finding("Fine."), poor=lambda _: Finding("Poor.", {"a": 1}, ("Get it.",), ("Or this.",)))
    told = doctor()
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "fine  Fine.",
        "poor  Poor.",
        "      - missing: Get it.",
        "      - Or this.",
        "",
        "One thing that is needed is missing.",
    ]
    machine = doctor("--json")
    assert machine.exit_code == 1
    assert json.loads(machine.stdout) == {
        "ready": False,
        "checks": {
            "fine": {"told": "Fine.", "facts": {}, "lacks": [], "hints": []},
            "poor": {"told": "Poor.", "facts": {"a": 1}, "lacks": ["Get it."], "hints": ["Or this."]},
        },
    }


def test_a_hint_alone_is_0(checks):
    checks(poor=lambda _: Finding("Poor.", hints=("Or this.",)))
    assert doctor().exit_code == 0
    assert json.loads(doctor("--json").stdout)["ready"] is True


def test_a_check_that_fails_is_a_lack_and_the_others_are_told(checks):
    def broken(_):
        raise ImportError("libcuda.so.1: no such file\nand more")

    checks(broken=broken, fine=lambda _: Finding("Fine."))
    told = doctor()
    assert told.exit_code == 1
    assert "ImportError: libcuda.so.1: no such file)" in told.stdout
    assert "fine    Fine." in told.stdout


def test_an_installation_that_is_broken_is_told_all_the_same(tmp_path):
    for name in ("torch", "kedro", "av"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('lib{name}.so: no such file')\n")
    variables = environment()
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), variables["PYTHONPATH"]])
    command = [sys.executable, "-m", "seqpipe", "doctor"]
    told = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (1, "")
    assert "libtorch.so: no such file" in told.stdout
    assert "libav.so: no such file" in told.stdout
    assert "Read are JPEG" in told.stdout


def test_names_in_a_sentence():
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none",
        "a",
        "a and b",
        "a, b and c",
    ]
