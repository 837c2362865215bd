"""The server under load: latency, requests a second, and memory that stays as it is.

    python -m benchmarks.serving [--bundle FOLDER --files FOLDER]

Eight clients post 200 files to one `seqpipe serve` as fast as it answers. **Latency** is what a client waits, and
**answering** what of it one process takes to read and answer the file; the rest is the wait for the clients before it.
**Memory** is what server and process hold after 50 uploads and after all: it must not grow. By default the model is
that of the tiny run of ``conf/test``, and the files are its clips. Writes ``benchmarks/results/serving.json``.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import RESULTS, machine

ROOT = Path(__file__).parents[1]
UPLOADS, CLIENTS, EARLY = 200, 8, 50
MIB = 2**20


class Asked(NamedTuple):
    """One upload: what it was answered, the client's seconds, and those of the process."""

    status: int
    latency_s: float
    answering_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description="The server under load.")
    parser.add_argument("--bundle", type=Path, help="a folder of `seqpipe bundle`")
    parser.add_argument("--files", type=Path, help="a folder of files to ask about")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        if given.bundle is None or given.files is None:
            trained(project)
        asked = ["--model", str(given.bundle.absolute())] if given.bundle else ["--env", "test", "--model", "lstm"]
        files = sorted((given.files or project / "data/01_raw").rglob("*.*" if given.files else "*.mp4"))
        cwd = project if project.exists() else Path(folder)
        with served(cwd, [*asked, "--workers", str(given.workers)]) as port:
            told = {"workers": given.workers, **measured(port, files), "machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "serving.json").write_text(json.dumps(told, indent=2) + "\n")
    show(told)


def trained(project: Path) -> None:
    """A project with the tiny models of the tests."""
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("src", "conf/local"):
        (project / name).mkdir()
    subprocess.run(
        [sys.executable, "-m", "kedro", "run", "--env", "test"], cwd=project, check=True, capture_output=True
    )


@contextmanager
def served(project: Path, asked: Sequence[str]) -> Iterator[int]:
    """A server in a process of its own, and its port."""
    command = [sys.executable, "-m", "seqpipe", "serve", "--port", "0", *asked]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = re.match(r"http://[^ ]+:(\d+) ", process.stdout.readline())
        assert said, "the server has not started"
        yield int(said[1])
    finally:
        process.terminate()
        process.wait(60)


def measured(port: int, files: Sequence[Path]) -> dict[str, Any]:
    """Everything, with the files in turns."""
    turns = list(itertools.islice(itertools.cycle(files), UPLOADS))
    started = time.perf_counter()
    early = posted(port, turns[:EARLY])
    at_early = memory(port)
    late = posted(port, turns[EARLY:])
    seconds = time.perf_counter() - started
    every = [*early, *late]
    waits = sorted(one.latency_s for one in every)
    return {
        "uploads": len(every),
        "answered": sum(one.status == 200 for one in every),
        "requests_per_s": len(every) / seconds,
        "latency_p50_s": statistics.median(waits),
        "latency_p99_s": waits[int(0.99 * (len(waits) - 1))],
        "answering_p50_s": statistics.median(one.answering_s for one in every),
        "mib_early": at_early,
        "mib_late": memory(port),
    }


def posted(port: int, files: Sequence[Path]) -> list[Asked]:
    """All of them, by the clients side by side."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda path: ask(port, path), files))


def ask(port: int, path: Path) -> Asked:
    """One upload on a connection of its own."""
    body = path.read_bytes()
    started = time.perf_counter()
    status, answer = request(port, "POST", f"/predict?name=clip{path.suffix}", body)
    waited = time.perf_counter() - started
    return Asked(status, waited, float(json.loads(answer).get("seconds", 0.0)))


def request(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, body)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def memory(port: int) -> dict[str, float]:
    """MiB by process, as the server tells it."""
    _, text = request(port, "GET", "/metrics")
    found = re.findall(r'^seqpipe_memory_bytes\{process="(\w+)"\} (\d+)$', text, re.MULTILINE)
    return {name: int(size) / MIB for name, size in found}


def show(told: dict[str, Any]) -> None:
    print(f"\n{told['machine']}\n{told['uploads']} uploads by {CLIENTS} clients, {told['workers']} process(es)\n")
    print(f"  answered     {told['answered']:6d}      lost {told['uploads'] - told['answered']}")
    print(f"  requests/s   {told['requests_per_s']:6.1f}")
    print(f"  latency      {told['latency_p50_s']:6.2f} s p50 {told['latency_p99_s']:6.2f} s p99")
    print(f"  answering    {told['answering_p50_s']:6.2f} s p50")
    for name, early in told["mib_early"].items():
        print(f"  {name:<13}{early:6.0f} MiB after {EARLY}, {told['mib_late'][name]:.0f} MiB after {told['uploads']}")


if __name__ == "__main__":
    main()
