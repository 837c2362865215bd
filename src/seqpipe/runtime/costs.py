"""What a training costs: seconds, and memory beyond what the process held before."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from seqpipe.runtime.compat import MIB, give_back_freed, peak_mib, restart_peak_mib


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
        cost.process_mb = max(peak_mib() - before_mb, 0.0)


def _begin_gpu(device: torch.device) -> float:
    """As `_begin`, of the GPU."""
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    return torch.cuda.memory_allocated(device) / MIB


def _begin() -> float:
    """Forgets the process's peak so far, and tells what it holds now."""
    gc.collect()
    give_back_freed()  # what an earlier block left in the heap would hide what this one takes
    return restart_peak_mib()
