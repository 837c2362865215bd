"""What the classifiers that are networks share: their batches, and how long a refit takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    import pandas as pd

    from seqpipe.config import TrainingConfig


def epochs_to_refit(history: pd.DataFrame, config: TrainingConfig) -> int:
    """As many as the kept weights had: there is no val split left to stop by."""
    if config.keep == "best":
        return int(history["val_loss"].to_numpy().argmin()) + 1
    return len(history)


@dataclass(frozen=True)
class Batches:
    """Samples in batches, in a new order each epoch where they are shuffled.

    ``take`` gives the tensors of some rows, (B,) int64 on ``device`` out of 0..count-1.
    """

    take: Callable[[Tensor], tuple[Tensor, ...]]
    count: int
    batch_size: int
    shuffle: bool
    device: torch.device

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        # Drawn on the CPU whatever the device, and sent there once an epoch: no step waits for it.
        order = torch.randperm(self.count) if self.shuffle else torch.arange(self.count)
        for rows in order.to(self.device).split(self.batch_size):
            yield self.take(rows)


def in_memory_batches(tensors: tuple[Tensor, ...], batch_size: int, shuffle: bool) -> Batches:
    """Batches of tensors of one length, which lie in the memory of one device."""

    def take(rows: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensor.index_select(0, rows) for tensor in tensors)

    return Batches(take, len(tensors[0]), batch_size, shuffle, tensors[0].device)
