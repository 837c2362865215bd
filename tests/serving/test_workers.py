"""What becomes of requests and of files where a process, a client or the server ends."""

import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner
from tests.projects import environment
from tests.serving.running import LIMIT_S, Server, is_there, log_of, metric, running, started, until

from seqpipe.command import main
from seqpipe.commands.asked import asked
from seqpipe.use.bundle import write_bundle


def asking(threads, client, clip):
    return threads.submit(client.post, "/predict", files={"file": ("a.mp4", clip.read_bytes())})


@pytest.mark.slow
def test_a_process_that_is_killed_costs_one_answer(client, roomy, clip):
    restarts = metric(client, "worker_restarts_total")
    (worker,) = roomy.workers
    os.kill(worker, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        first = asking(threads, client, clip)
        until(lambda: roomy.left)
        time.sleep(0.3)
        others = [asking(threads, client, clip) for _ in range(3)]
        until(lambda: metric(client, "queue_length") == 3)
        os.kill(worker, signal.SIGKILL)
        lost = first.result()
        assert lost.status_code == 422
        assert "signal 9" in lost.json()["error"]
        assert [one.result().status_code for one in others] == [200, 200, 200], "who waits is not concerned"
    assert metric(client, "worker_restarts_total") == restarts + 1
    assert metric(client, 'requests_total{outcome="worker_died"}') == 1
    assert roomy.left == []


@pytest.mark.slow
def test_one_that_ends_while_nothing_is_asked_costs_nothing(client, roomy, clip):
    (worker,) = roomy.workers
    os.kill(worker, signal.SIGKILL)
    until(lambda: client.get("/health").status_code == 503)
    assert client.post("/predict", files={"file": clip.read_bytes()}).status_code == 200
    assert client.get("/health").status_code == 200


def request_head(roomy, length):
    host, port = roomy.url.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)), timeout=30)
    line.sendall(f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n".encode())
    return line


def test_a_client_that_goes_leaves_nothing(client, roomy, clip):
    gone = 'requests_total{outcome="disconnected"}'
    before = metric(client, gone)
    with request_head(roomy, 10_000) as line:
        line.sendall(b"half a file")
        until(lambda: roomy.left)
    until(lambda: metric(client, gone) == before + 1)
    assert roomy.left == []
    body, (worker,) = clip.read_bytes(), roomy.workers
    os.kill(worker, signal.SIGSTOP)
    with request_head(roomy, len(body)) as line:
        line.sendall(body)
        until(lambda: roomy.left)
        time.sleep(0.3)
    until(lambda: metric(client, gone) == before + 2)
    os.kill(worker, signal.SIGCONT)
    assert roomy.left == []
    assert client.post("/predict", files={"file": body}).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["Ctrl-C", "SIGTERM"])
def test_who_is_asked_when_it_ends_is_still_answered(sent, code, finished_project, clip, tmp_path):
    with running(finished_project, tmp_path / "t", "--model", "svm") as server, server.client() as client:
        (worker,) = server.workers
        os.kill(worker, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            last = asking(threads, client, clip)
            until(lambda: server.left)
            time.sleep(0.3)
            server.process.send_signal(sent)
            time.sleep(0.3)
            os.kill(worker, signal.SIGCONT)
            assert last.result().status_code == 200
        assert server.process.wait(LIMIT_S) == code
        assert not is_there(worker)
        assert server.folders == []
    assert log_of(tmp_path / "t") == ("Stopped.\n" if code else ""), "nothing else is said"


@pytest.mark.slow
def test_it_is_ready_once_the_model_is_loaded_and_killed_leaves_nothing(finished_project, tmp_path):
    port = free_port()
    server = Server(
        f"http://127.0.0.1:{port}", started(finished_project, tmp_path / "t", "--port", port), tmp_path / "t"
    )
    with server.client() as client:
        assert until(lambda: status(client, "/health")) == 503
        assert status(client, "/model") == 503
        until(lambda: status(client, "/health") == 200)
    assert f"{server.url} answers with " in server.process.stdout.readline()
    (worker,) = server.workers
    server.process.kill()
    server.process.wait(LIMIT_S)
    until(lambda: not is_there(worker) and server.folders == [])


@pytest.mark.slow
def test_a_model_that_is_gone_is_told_until_it_is_back(finished_project, clip, tmp_path, monkeypatch):
    monkeypatch.chdir(finished_project.folder)
    bundle, away = tmp_path / "bundle", tmp_path / "away"
    write_bundle(asked("svm", None, "test").bundle, bundle)
    with running(finished_project, tmp_path / "t", "--model", bundle) as server, server.client() as client:
        bundle.rename(away)
        os.kill(server.workers[0], signal.SIGKILL)
        until(lambda: status(client, "/health") == 503)
        refused = client.post("/predict", files={"file": clip.read_bytes()})
        assert (refused.status_code, refused.json()["reason"]) == (503, "no_model")
        away.rename(bundle)
        until(lambda: status(client, "/health") == 200)
        assert client.post("/predict", files={"file": clip.read_bytes()}).status_code == 200
    assert "The model cannot be opened again" in log_of(tmp_path / "t")
    assert "Traceback" not in log_of(tmp_path / "t")


def test_it_can_be_ended_while_the_model_is_loaded(finished_project, tmp_path):
    port = free_port()
    process = started(finished_project, tmp_path / "t", "--port", port)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        until(lambda: status(client, "/health") == 503)
    process.terminate()
    assert process.wait(LIMIT_S) == 0
    assert (process.stdout.read(), log_of(tmp_path / "t")) == ("", "")
    assert list((tmp_path / "t").glob("seqpipe-serve.*")) == []


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def status(client, path):
    """Of an answer; 0 where nobody listens yet."""
    try:
        return client.get(path).status_code
    except httpx.TransportError:
        return 0


def test_a_port_in_use_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: Port {port} of 127.0.0.1 is in use")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--host", "0.0.0.0"), "expected a --token"),
        (("--host", "192.0.2.1", "--token", "x"), "is no address of this machine"),
        (("--token", " "), "--token: expected a text"),
    ],
)
def test_where_it_may_not_listen_is_a_sentence(arguments, sentence):
    done = CliRunner().invoke(main, ["serve", *arguments])
    assert (done.exit_code, done.stdout) == (1, "")
    assert sentence in done.stderr


def test_a_model_that_is_not_there_is_a_sentence(finished_project, tmp_path):
    process = started(finished_project, tmp_path / "t", "--model", "lsmt")
    assert process.wait(LIMIT_S) == 1
    assert process.stdout.read() == ""
    said = log_of(tmp_path / "t")
    assert said.startswith("Error: Unknown model 'lsmt'. Did you mean 'lstm'")
    assert len(said.splitlines()) == 1


def test_the_server_itself_needs_no_torch(client):
    code = "import sys, seqpipe.serving.server, seqpipe.commands.serve\n"
    code += "found = {'torch', 'kedro', 'mlflow', 'pandas'} & set(sys.modules)\nassert not found, found"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    memory = metric(client, 'memory_bytes{process="server"}')
    assert 0 < memory < 150 * 2**20
    assert metric(client, 'memory_bytes{process="worker_0"}') > memory
