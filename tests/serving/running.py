"""Servers in processes of their own, and what the tests ask them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.projects import environment

LIMIT_S = 120


@dataclass(frozen=True)
class Server:
    """A server that answers: where, its process, and the folder of its temporary files."""

    url: str
    process: subprocess.Popen
    temporary: Path

    def client(self, **options) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=LIMIT_S, **options)

    @property
    def workers(self) -> list[int]:
        """The ids of its processes that hold a model."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")  # whichever of them has started it
        children = [pid for thread in threads for pid in thread.read_text().split()]
        return [int(pid) for pid in children if b"spawn_main" in command_of(pid)]

    @property
    def left(self) -> list[Path]:
        """The files that lie in its temporary folder."""
        return [path for folder in self.folders for path in folder.rglob("*") if path.is_file()]

    @property
    def folders(self) -> list[Path]:
        """The folders that it keeps them in: one, while it is there."""
        return list(self.temporary.glob("seqpipe-serve.*"))


def command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def started(project, temporary: Path, *arguments) -> subprocess.Popen:
    temporary.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "seqpipe", "serve", "--env", "test", *map(str, ("--port", 0, *arguments))],
        cwd=project.folder,
        env=environment() | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=(temporary.parent / f"{temporary.name}.log").open("w"),
        text=True,
        # Test runners in the background hand on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@contextmanager
def running(project, temporary: Path, *arguments):
    """A server of a project's model, from the line that it says to the end of the block."""
    process = started(project, temporary, *arguments)
    try:
        said = process.stdout.readline()
        assert " answers with " in said, f"{said}{log_of(temporary)}"
        yield Server(re.match(r"\S+", said)[0], process, temporary)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(LIMIT_S)


def log_of(temporary: Path) -> str:
    return (temporary.parent / f"{temporary.name}.log").read_text()


def until(holds, seconds=LIMIT_S):
    """Waits until it holds, and gives what it gave."""
    ends = time.monotonic() + seconds
    while not (given := holds()):
        assert time.monotonic() < ends, "it never held"
        time.sleep(0.05)
    return given


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def metric(client: httpx.Client, name: str) -> float:
    """A sample of /metrics, with its labels in the name; 0 where there is none."""
    for line in client.get("/metrics").text.splitlines():
        if line.rpartition(" ")[0] == f"seqpipe_{name}":
            return float(line.rpartition(" ")[2])
    return 0.0
