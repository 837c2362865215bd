"""Broken and hostile files get an answer or a sentence, and the server stays."""

import concurrent.futures
import random

import pytest
from tests.serving.running import log_of

SEED, FILES = 20261130, 200
ENDINGS = (
    ".mp4",
    ".avi",
    ".mkv",
    ".png",
    ".jpg",
    ".gif",
    ".tif",
    ".txt",
    ".csv",
    ".wav",
    ".h264",
    "",
    ".verylongending",
)


def truncated(body, rng):
    return body[: rng.randrange(len(body))]


def flipped(body, rng):
    changed = bytearray(body)
    for _ in range(rng.choice([1, 8, 64, 512])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def swapped(body, rng):
    a, b, c = sorted(rng.sample(range(len(body)), 3))
    return body[:a] + body[b:c] + body[a:b] + body[c:]


def renamed(body, rng):
    return body


def emptied(body, rng):
    return rng.choice([b"", b"\0", b"\0" * 4096, rng.randbytes(2000)])


def beheaded(body, rng):
    return body[rng.randrange(1, len(body)) :]


WAYS = (truncated, flipped, swapped, renamed, emptied, beheaded)


@pytest.fixture(scope="module")
def broken(clip):
    """(name, bytes) of files made from a real clip."""
    rng, body = random.Random(SEED), clip.read_bytes()
    made = []
    for n in range(FILES):
        way = WAYS[n % len(WAYS)]
        ending = ".mp4" if way is not renamed and rng.random() < 0.7 else rng.choice(ENDINGS)
        made.append((f"{way.__name__}{n}{ending}", way(body, rng)))
    return made


def post(client, name, body):
    return client.post("/predict", params={"frames": 4}, files={"file": (name, body)})


def check(name, response):
    """Answered, or refused in a sentence that tells nothing of the server."""
    told = response.json()
    if response.status_code == 200:
        assert sum(told["probabilities"].values()) == pytest.approx(1), name
    else:
        assert 400 <= response.status_code < 500, (name, told)
        assert set(told) == {"error", "reason"}, name
        assert told["error"].endswith("."), (name, told)
        assert not any(word in told["error"] for word in ("Traceback", "/tmp", "seqpipe-serve", ".py")), (name, told)


@pytest.mark.slow
def test_each_is_answered_or_refused(client, roomy, broken, clip):
    workers, given = roomy.workers, []
    for name, body in broken:
        response = post(client, name, body)
        check(name, response)
        given.append(response.status_code)
    assert given.count(200) > FILES // 20, "some can still be read"
    assert given.count(422) > FILES // 4
    assert roomy.workers == workers, "none has ended its process"
    assert "Traceback" not in log_of(roomy.temporary)
    assert roomy.left == []


def test_after_fifty_at_once_a_good_one_is_answered(client, roomy, broken, clip):
    with concurrent.futures.ThreadPoolExecutor(50) as threads:
        asked = [(name, threads.submit(post, client, name, body)) for name, body in broken[:50]]
    for name, response in asked:
        check(name, response.result())
    assert post(client, "good.mp4", clip.read_bytes()).status_code == 200
    assert roomy.left == []


def test_no_other_program_is_started(client):
    """Pillow would hand PostScript to Ghostscript, which is a language with files."""
    page = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n0 0 64 64 rectfill\nshowpage\n%%EOF\n"
    for name in ("page.eps", "page.png"):
        answer = client.post("/predict", files={"file": (name, page)})
        assert answer.status_code == 422
        assert answer.json()["error"] == "It is no image that can be read."
