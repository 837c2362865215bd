"""Work side by side in processes: for small nets, whose every step is too short for a pool of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from seqpipe.runtime.orphans import end_with

Result = TypeVar("Result")
# Workers hold torch in memory: they go as soon as no model follows, not after joblib's five minutes.
IDLE_SECONDS = 20


def side_by_side(function: Callable[..., Result], calls: Iterable[tuple[Any, ...]], workers: int) -> Iterator[Result]:
    """The results of ``function(*call)`` as they come, each computed in a process, on one thread; alone in this one.

    A worker begins in a second or two, is there for the next calls, and ends with this process.
    """
    with parallel_config("loky", inner_max_num_threads=1, idle_worker_timeout=IDLE_SECONDS):
        pool = Parallel(workers, return_as="generator_unordered", batch_size=1, pre_dispatch="all")
        yield from pool(delayed(_in_worker)(os.getpid(), function, *call) for call in calls)


def _in_worker(run: int, function: Callable[..., Result], *call: Any) -> Result:
    """Of the process ``run``."""
    end_with(run)
    return function(*call)
