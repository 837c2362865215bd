"""What the server counts, as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the histogram; one without a bound follows."""
ANSWERED = "answered"


class Metrics:
    """Requests to ``/predict`` by what became of them, and the seconds of those that were answered."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter({ANSWERED: 0})
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def answered(self, seconds: float) -> None:
        """Counts a request with an answer, ``seconds`` after it began."""
        self.outcomes[ANSWERED] += 1
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds += seconds

    def refused(self, reason: str) -> None:
        """Counts a request without one."""
        self.outcomes[reason] += 1

    def text(self, queue: int, restarts: int, ready: int, memory: Mapping[str, int]) -> str:
        """All of it, with what the processes are like now (``memory`` in bytes, by process)."""
        families = [
            _family("requests_total", "counter", "Requests to /predict, by outcome.", _labelled(self.outcomes)),
            _family("request_seconds", "histogram", "Seconds from request to answer.", self._histogram()),
            _family("queue_length", "gauge", "Requests that are uploaded or wait for a process.", [("", queue)]),
            _family("workers_ready", "gauge", "Processes that hold a model.", [("", ready)]),
            _family("worker_restarts_total", "counter", "Processes that were started anew.", [("", restarts)]),
            _family("memory_bytes", "gauge", "Resident memory, by process.", _labelled(memory, "process")),
        ]
        return "".join(families)

    def _histogram(self) -> Iterable[tuple[str, float]]:
        below = 0
        for bound, count in zip([*map(str, BUCKETS_S), "+Inf"], self._counts, strict=True):
            below += count
            yield f'_bucket{{le="{bound}"}}', below
        yield "_sum", round(self._seconds, 6)
        yield "_count", below


def _labelled(values: Mapping[str, float], label: str = "outcome") -> Iterable[tuple[str, float]]:
    return [(f'{{{label}="{name}"}}', value) for name, value in sorted(values.items())]


def _family(name: str, kind: str, meaning: str, samples: Iterable[tuple[str, float]]) -> str:
    lines = [f"seqpipe_{name}{behind} {value}" for behind, value in samples]
    return "\n".join([f"# HELP seqpipe_{name} {meaning}", f"# TYPE seqpipe_{name} {kind}", *lines]) + "\n"


def resident_bytes(pid: int) -> int | None:
    """What a process has in memory; None where the system does not tell in /proc."""
    try:
        pages = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in pages.splitlines() if line.startswith("Rss:")), None)
