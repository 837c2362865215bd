"""The heap while a net trains on the CPU."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
NEVER = -1
# Where glibc's thresholds move by themselves, and stay, in a process that frees large blocks. Setting one stops them,
# and from where they begin (128 KiB) every array of NumPy's in the rest of the run would be of new pages.
TRIM_THRESHOLD_BYTES, MMAP_THRESHOLD_BYTES, MMAP_MAX = 64 * 2**20, 32 * 2**20, 65536


@contextmanager
def kept_heap() -> Iterator[None]:
    """Inside the block, memory that is freed is kept for the next step; behind it, all of it is given back.

    By itself, glibc returns large blocks to the system at once. The activations of a step are as large as those of
    the step before, and the system would hand out all their pages anew, filled with zeros, which was seen to take
    an eighth of a step. Other C libraries are left alone.
    """
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_MAX, 0)
    libc.mallopt(M_TRIM_THRESHOLD, NEVER)
    try:
        yield
    finally:
        libc.mallopt(M_MMAP_MAX, MMAP_MAX)
        libc.mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES)
        libc.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
        libc.malloc_trim(0)
