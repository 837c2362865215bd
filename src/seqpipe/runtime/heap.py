"""The heap while a net trains on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from seqpipe.runtime.compat import Malloc, give_back_freed, set_malloc

NEVER = -1
# Where glibc's thresholds move by themselves, and stay, in a process that frees large blocks. Setting one stops them,
# and from where they begin (128 KiB) every array of NumPy's in the rest of the run would be of new pages.
TRIM_THRESHOLD_BYTES, MMAP_THRESHOLD_BYTES, MMAP_MAX = 64 * 2**20, 32 * 2**20, 65536


@contextmanager
def tuned_malloc() -> Iterator[None]:
    """Inside the block, memory that is freed is kept for the next step; behind it, all of it is given back.

    By itself, glibc returns large blocks to the system at once. The activations of a step are as large as those of
    the step before, and the system would hand out all their pages anew, filled with zeros, which was seen to take
    an eighth of a step. Other C libraries are left alone.
    """
    set_malloc(Malloc.MMAP_MAX, 0)
    set_malloc(Malloc.TRIM_THRESHOLD, NEVER)
    try:
        yield
    finally:
        set_malloc(Malloc.MMAP_MAX, MMAP_MAX)
        set_malloc(Malloc.TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES)
        set_malloc(Malloc.MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
        give_back_freed()
