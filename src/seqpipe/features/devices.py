"""What the machine has: the device and the cores this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from seqpipe.config import RuntimeConfig
from seqpipe.errors import UserError


def resolve_device(name: str) -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU.

    Raises:
        UserError: A CUDA device was asked for that this machine does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"runtime.device={name}, but this machine has {torch.cuda.device_count()} CUDA devices that "
            f"torch can use: give cpu or auto."
        )
    return device


def usable_cores(runtime: RuntimeConfig) -> int:
    """``runtime.threads``, or every core that this process may run on."""
    if runtime.threads is not None:
        return runtime.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_intra_op_thread() -> Iterator[None]:
    """Threads started inside the block compute each on one core; the old count is restored after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
