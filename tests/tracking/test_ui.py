"""The MLflow UI on the runs of the project, for this machine alone."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.projects import environment

from seqpipe.tracking.hook import MlflowConfig, tracking_uri


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, "sqlite:////p/mlflow.db?timeout=120"),
        ("sqlite:////d/m.db", "sqlite:////d/m.db?timeout=120"),
        ("sqlite:////d/m.db?timeout=3", "sqlite:////d/m.db?timeout=3"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_the_uri_is_absolute_and_waits_for_other_writers(given, used):
    assert tracking_uri(MlflowConfig(tracking_uri=given, experiment="e"), Path("/p")) == used


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def server(finished_project):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "seqpipe.tracking.ui"],
        cwd=finished_project.folder,
        env=environment() | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


def test_it_answers(server):
    deadline_s = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(f"{server}/health", timeout=5) as answer:
                assert answer.read() == b"OK"
                return
        except OSError:
            assert time.monotonic() < deadline_s, "the server never answered"
            time.sleep(0.3)
