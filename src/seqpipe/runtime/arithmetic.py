"""float32 that is float32, whatever the process had set before."""

from __future__ import annotations

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
