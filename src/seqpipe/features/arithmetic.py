"""How torch computes while features are extracted: what was asked for, whatever the process had set before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def exact_float32(precision: str) -> Iterator[None]:
    """Inside the block ``float32`` means it: cuDNN's own choice, TF32, keeps ten bits of the mantissa."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = before and precision != "float32"
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


@contextmanager
def repeatable(wanted: bool) -> Iterator[None]:
    """Inside the block, where ``wanted``, torch takes deterministic algorithms and does not race them."""
    algorithms = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    if wanted:
        # cuBLAS reads it when it starts; without it deterministic algorithms refuse matrix products on CUDA.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(algorithms, warn_only=warn_only)
        torch.backends.cudnn.benchmark = benchmark
