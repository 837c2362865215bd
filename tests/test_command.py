"""The command ``seqpipe``: every command of its list can be asked for help, and is ended by Ctrl-C."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from tests.projects import environment

from seqpipe.command import COMMANDS, main
from seqpipe.core.errors import UserError


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "run"])
def test_every_command_says_what_it_does(name):
    told = CliRunner().invoke(main, [name, "--help"])
    assert told.exit_code == 0, told.output
    assert f"{name} [OPTIONS]" in told.output


def test_the_list_names_them_all_and_imports_no_library():
    code = "import sys; from seqpipe.command import main; main(['--help'], standalone_mode=False)\n"
    code += "assert not {'torch', 'kedro', 'mlflow', 'pandas'} & set(sys.modules), 'the list imports a library'"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_interrupt_ends_every_command_with_a_line_and_130(name, monkeypatch):
    _ends_by(KeyboardInterrupt(), name, monkeypatch, 130, "Stopped.\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_mistake_ends_every_command_with_a_sentence(name, monkeypatch):
    _ends_by(UserError("Do it otherwise."), name, monkeypatch, 1, "Error: Do it otherwise.\n")


def _ends_by(raised, name, monkeypatch, code, said):
    command = main.get_command(click.Context(main), name)

    def interrupted(**_):
        raise raised

    monkeypatch.setattr(command, "callback", interrupted)
    # Required arguments need not be there: they are not what is tested.
    monkeypatch.setattr(command, "params", [])
    told = CliRunner().invoke(main, [name])
    assert (told.exit_code, told.stderr) == (code, said)


def test_an_unknown_command_is_told():
    told = CliRunner().invoke(main, ["predcit"])
    assert told.exit_code == 2
    assert "predcit" in told.output
