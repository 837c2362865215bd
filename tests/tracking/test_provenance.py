"""Commit, command and versions."""

import sys

from tests.projects import git

from seqpipe.tracking import provenance


def test_a_checkout_is_dirty_when_a_file_differs(tmp_path):
    assert provenance.git_state(tmp_path) == {}
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "a")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert provenance.git_state(tmp_path) == {"git.commit": commit, "git.dirty": "false"}
    (tmp_path / "a").write_text("2")
    assert provenance.git_state(tmp_path)["git.dirty"] == "true"


def test_the_command_can_be_typed_again(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/kedro", "run", "--params", "corpus.path=my videos"])
    assert provenance.command() == "kedro run --params 'corpus.path=my videos'"


def test_versions_are_those_installed():
    found = provenance.versions()
    assert found["version.python"].count(".") == 2
    assert found["version.kedro"] == __import__("kedro").__version__
    assert "version.mlflow" in found
