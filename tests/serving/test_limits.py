"""What is too large, too long or too much is refused with a sentence; what is not is answered."""

import concurrent.futures
import os
import signal
import socket

import av
import numpy as np
import pytest
from tests.serving.conftest import TOKEN
from tests.serving.running import metric, until


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Makes a clip of grey frames."""

    def made(width=64, height=64, frames=8, fps=8):
        path = tmp_path_factory.mktemp("made") / "grey.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for n in range(frames):
                frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), n % 256, np.uint8))
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path.read_bytes()

    return made


def refused(response, status, reason):
    assert response.status_code == status, response.text
    told = response.json()
    assert told["reason"] == reason
    assert told["error"].endswith(".")
    assert "Traceback" not in told["error"]
    return told["error"]


@pytest.mark.parametrize("raw", [False, True], ids=["form", "raw"])
@pytest.mark.parametrize("declared", [False, True], ids=["streamed", "declared"])
def test_too_many_bytes(raw, declared, admitted):
    body = b"x" * 300_000
    if raw:
        response = admitted.post("/predict", content=body if declared else iter([body[:200_000], body[200_000:]]))
    elif declared:
        response = admitted.post("/predict", files={"file": ("a.mp4", body)})
    else:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        response = admitted.post("/predict", content=iter([head, body]), headers=kind)
    assert "0.1 MiB" in refused(response, 413, "too_large")


def test_too_many_pixels_and_seconds(admitted, video):
    fine = admitted.post("/predict", files={"file": ("a.mp4", video())})
    assert fine.status_code == 200, fine.text
    large = admitted.post("/predict", files={"file": ("a.mp4", video(width=256, height=256))})
    assert "256 x 256" in refused(large, 422, "too_large")
    long = admitted.post("/predict", files={"file": ("a.mp4", video(frames=60))})
    assert "no more than 5 are allowed" in refused(long, 422, "too_large")


def test_a_form_without_one_file_is_refused(admitted, clip):
    body = clip.read_bytes()
    assert "'video'" in refused(admitted.post("/predict", files={"video": body}), 422, "no_form")
    two = admitted.post("/predict", files=[("file", body), ("file", body)])
    assert "several" in refused(two, 422, "no_form")
    refused(admitted.post("/predict", files={"file": b""}), 422, "empty")
    refused(admitted.post("/predict", content=b""), 422, "empty")
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    for wrong in (b"no form", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf', b"--b--\r\n"):
        refused(admitted.post("/predict", content=wrong, headers=form), 422, "no_form")
    refused(admitted.post("/predict", content=b"x", headers={"Content-Type": "multipart/form-data"}), 422, "no_form")
    assert "frames" in refused(admitted.post("/predict", params={"frames": 99}, content=body), 422, "invalid")
    refused(admitted.get("/predict"), 405, "no_such_path")
    refused(admitted.get("/nothing"), 404, "no_such_path")


def test_who_finds_the_queue_full_is_told_when_to_come_again(admitted, narrow, clip):
    (worker,) = narrow.workers
    os.kill(worker, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        asking = [threads.submit(admitted.post, "/predict", files={"file": clip.read_bytes()}) for _ in range(2)]
        until(lambda: metric(admitted, "queue_length") == 1)
        full = admitted.post("/predict", files={"file": clip.read_bytes()})
        os.kill(worker, signal.SIGCONT)
        assert [one.result().status_code for one in asking] == [200, 200], "those with a place are answered"
    assert "ask again" in refused(full, 429, "queue_full")
    assert int(full.headers["Retry-After"]) > 0


@pytest.mark.slow
def test_who_takes_too_long_is_ended_and_the_next_is_answered(admitted, narrow, clip):
    restarts = metric(admitted, "worker_restarts_total")
    (worker,) = narrow.workers
    os.kill(worker, signal.SIGSTOP)
    slow = admitted.post("/predict", files={"file": clip.read_bytes()})
    assert "longer than 4 seconds" in refused(slow, 422, "too_slow")
    assert admitted.post("/predict", files={"file": clip.read_bytes()}).status_code == 200
    assert metric(admitted, "worker_restarts_total") == restarts + 1
    assert narrow.workers != [worker]
    assert narrow.left == []


def test_an_upload_that_stalls_is_given_up(admitted, narrow):
    host, port = narrow.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        head = (
            f"POST /predict HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n\r\n"
        )
        line.sendall(head.encode() + b"a few bytes")
        told = line.makefile("rb").read().decode()
    assert " 408 " in told.splitlines()[0]
    assert "Nothing came for 1 seconds" in told
    assert narrow.left == []
