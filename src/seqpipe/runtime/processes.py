"""Work side by side in processes: for small nets, whose every step is too short for a pool of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

Result = TypeVar("Result")
# Workers hold torch in memory: they go as soon as nothing is left for them, not after joblib's five minutes.
IDLE_SECONDS = 2


def side_by_side(function: Callable[..., Result], calls: Iterable[tuple[Any, ...]], workers: int) -> Iterator[Result]:
    """The results of ``function(*call)`` as they come, each computed in a process, on one thread; alone in this one."""
    with parallel_config("loky", inner_max_num_threads=1, idle_worker_timeout=IDLE_SECONDS):
        pool = Parallel(workers, return_as="generator_unordered", batch_size=1, pre_dispatch="all")
        yield from pool(delayed(function)(*call) for call in calls)
