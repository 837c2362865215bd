"""Where to compute, and the same bits every time."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils import deterministic

from seqpipe.core.cores import available_cores
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig

NEW_TENSORS: Any = deterministic
"""The object that torch puts in the place of this module, which its types do not know."""


def resolve_device(runtime: RuntimeConfig) -> torch.device:
    """The device the parameters ask for; ``auto`` is CUDA where there is one, else the CPU.

    Raises:
        UserError: CUDA is asked for and there is none, or not that many.
    """
    if runtime.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(runtime.device)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"runtime.device: got {runtime.device}, but this machine has {torch.cuda.device_count()} CUDA devices; "
            "use auto or cpu."
        )
    return device


@contextmanager
def computing(runtime: RuntimeConfig) -> Iterator[None]:
    """Seeds every generator, sets threads and determinism, and puts threads and determinism back at the end."""
    random.seed(runtime.seed)
    np.random.seed(runtime.seed)  # noqa: NPY002 - libraries draw from the global generator
    torch.manual_seed(runtime.seed)
    with repeatable(runtime.deterministic), intra_op_threads(usable_cores(runtime)):
        yield


@contextmanager
def repeatable(wanted: bool) -> Iterator[None]:
    """Inside the block, where ``wanted``, torch takes deterministic algorithms and does not race them.

    It would also fill every new tensor before it is written, which shows where one is read too early; networks of
    many small layers take a tenth longer for it, and no result depends on it.
    """
    # Not ``use_deterministic_algorithms``: it imports torch's compiler as well, for which a small run would wait.
    algorithms = torch.get_deterministic_debug_mode()
    benchmark, filled = torch.backends.cudnn.benchmark, NEW_TENSORS.fill_uninitialized_memory
    if wanted:
        # cuBLAS reads it when it starts; without it deterministic algorithms refuse matrix products on CUDA.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.set_deterministic_debug_mode("error")
        torch.backends.cudnn.benchmark = False
        NEW_TENSORS.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(algorithms)
        torch.backends.cudnn.benchmark = benchmark
        NEW_TENSORS.fill_uninitialized_memory = filled


def usable_cores(runtime: RuntimeConfig) -> int:
    """``runtime.threads``, or every core that this process may run on."""
    return available_cores() if runtime.threads is None else runtime.threads


def answering_threads(runtime: RuntimeConfig) -> int:
    """On how many threads a model fitted here answers: a saved one, once it is read, takes no more than the cores."""
    return min(usable_cores(runtime), available_cores())


@contextmanager
def intra_op_threads(count: int) -> Iterator[None]:
    """torch computes each operation on ``count`` threads inside the block; the old count is restored after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
