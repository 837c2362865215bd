"""Commit, command and versions."""

import sys

import pytest
import torch
from tests.projects import git

from seqpipe.config import RuntimeConfig
from seqpipe.core.cores import available_cores
from seqpipe.runtime.devices import computing
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


def runtime(**changed):
    return RuntimeConfig(**({"seed": 0, "device": "cpu", "threads": None, "deterministic": True} | changed))


@pytest.mark.parametrize("threads", [1, 3, 7, None])
def test_the_device_is_that_of_the_run_and_not_of_the_process(threads):
    config = runtime(threads=threads)
    outside = provenance.device(config)
    with computing(config):
        assert outside == provenance.device(config) == f"cpu ({torch.get_num_threads()} threads)"
    assert outside == f"cpu ({threads or available_cores()} threads)"


@pytest.mark.parametrize(("asked", "place"), [("auto", "cuda"), ("cuda", "cuda"), ("cuda:1", "cuda:1")])
def test_of_several_gpus_the_one_that_is_asked_for_is_named(monkeypatch, asked, place):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index or 0}")
    assert provenance.device(runtime(device=asked)) == f"{place} (GPU {int(place == 'cuda:1')})"
