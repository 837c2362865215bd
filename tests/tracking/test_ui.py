"""The MLflow UI on the runs of the project, for this machine alone."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from tests.projects import environment

from seqpipe.core.errors import UserError
from seqpipe.tracking.ui import ui_of


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def server(finished_project):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "seqpipe", "ui"],
        cwd=finished_project.folder,
        env=environment() | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


@pytest.mark.slow
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


def opened(project, **variables):
    command = [sys.executable, "-m", "seqpipe", "ui"]
    return subprocess.run(command, cwd=project.folder, env=environment() | variables, capture_output=True, text=True)


def test_a_port_in_use_is_a_sentence(finished_project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = opened(finished_project, PORT=port)
    assert done.returncode == 1
    assert f"Error: Port {port} is in use" in done.stderr


def test_runs_on_a_server_are_seen_there(project):
    done = opened(project, MLFLOW_TRACKING_URI="http://there:1")
    assert (done.returncode, done.stdout) == (0, "The runs are on http://there:1: open it in a browser.\n")


def test_a_folder_of_runs_is_refused_in_a_sentence(project):
    done = opened(project, MLFLOW_TRACKING_URI="file:///runs")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: MLflow keeps runs in a database")
    assert done.stderr.count("\n") == 1


def test_outside_a_project_the_way_to_one_is_told(tmp_path):
    with pytest.raises(UserError, match="is no project"):
        ui_of(tmp_path, 5000)
    assert list(tmp_path.iterdir()) == []
