"""What a solution costs: seconds, and memory beyond what the process held before."""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

STATUS = Path("/proc/self/status")
RESET_PEAK = Path("/proc/self/clear_refs")
MIB = 2**20


@dataclass
class Cost:
    """Filled in when the measured block ends.

    Attributes:
        seconds: Wall-clock time.
        process_mb: Most memory the process held at once beyond what it held at the start, MiB.
        gpu_mb: The same of the GPU, where the machine has one.
    """

    seconds: float = 0.0
    process_mb: float = 0.0
    gpu_mb: float = 0.0

    def peak_memory_mb(self, device: str) -> float:
        """Of the memory that the work was done in: on a machine with a GPU, not every solution computes on it."""
        return self.gpu_mb if device.startswith("cuda") else self.process_mb


@contextmanager
def measured(device: torch.device) -> Iterator[Cost]:
    """Measures its block."""
    cost, gpu = Cost(), device.type == "cuda"
    before_mb, gpu_before_mb = _begin(), _begin_gpu(device) if gpu else 0.0
    started_s = time.perf_counter()
    try:
        yield cost
    finally:
        if gpu:
            torch.cuda.synchronize(device)
            cost.gpu_mb = max(torch.cuda.max_memory_allocated(device) / MIB - gpu_before_mb, 0.0)
        cost.seconds = time.perf_counter() - started_s
        cost.process_mb = max(_peak_mb() - before_mb, 0.0)


def _begin_gpu(device: torch.device) -> float:
    """As `_begin`, of the GPU."""
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    return torch.cuda.memory_allocated(device) / MIB


def _begin() -> float:
    """Forgets the process's peak so far, and tells what it holds now."""
    gc.collect()
    _give_back()
    if RESET_PEAK.exists():
        RESET_PEAK.write_text("5")  # proc(5): sets the peak resident size to the present one
        return _status_mb("VmRSS")
    return _peak_mb()


def _give_back() -> None:
    """Hands freed memory back to the system: what an earlier block left in the heap would hide what this one takes."""
    trim = getattr(ctypes.CDLL(ctypes.util.find_library("c")), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _peak_mb() -> float:
    if RESET_PEAK.exists():
        return _status_mb("VmHWM")
    # Elsewhere the peak cannot be reset: only what exceeds all before is seen.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _status_mb(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024  # the file's kB are KiB
