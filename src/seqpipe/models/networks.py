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
    from seqpipe.training.selection import Better


def epochs_to_refit(history: pd.DataFrame, config: TrainingConfig, by: str = "loss", better: Better = "lower") -> int:
    """As many as the kept weights had, ``by`` what they were chosen: there is no val split left to stop by."""
    if config.keep == "best":
        on_val = history[f"val_{by}"].to_numpy()
        return int(on_val.argmin() if better == "lower" else on_val.argmax()) + 1
    return len(history)


# Batches out of which samples of like length are brought together, at most: a pool is a draw from all lengths.
POOL = 20
POOLS = 4
"""Pools of an epoch, at least: of one alone each epoch would have the same batches."""


@dataclass(frozen=True)
class Batches:
    """Samples in batches, in a new order each epoch where they are shuffled.

    ``take`` gives the tensors of some rows, (B,) int64 on ``device`` out of 0..count-1. With the ``lengths`` of the
    samples, (count,) on ``device``, those of a shuffled batch are about equally long (`of_like_length`).
    """

    take: Callable[[Tensor], tuple[Tensor, ...]]
    count: int
    batch_size: int
    shuffle: bool
    device: torch.device
    lengths: Tensor | None = None

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        # Drawn on the CPU whatever the device, and sent there once an epoch: no step waits for it.
        order = torch.randperm(self.count) if self.shuffle else torch.arange(self.count)
        order = order.to(self.device)
        lengths = self.lengths if self.shuffle else None
        alike = [] if lengths is None else of_like_length(order, lengths, self.batch_size)
        for rows in alike or order.split(self.batch_size):
            yield self.take(rows)


def of_like_length(order: Tensor, lengths: Tensor, batch_size: int) -> list[Tensor]:
    """The batches of an order (N,), each of samples of about one length, so that little is computed behind their ends.

    As sequences are bucketed (Khomenko et al. 2016): out of up to `POOL` batches at a time those of like length are
    brought together, and all batches shuffled. As many as without; the one that is smaller is of any length.
    """
    batches = []
    pool_size = max(1, min(POOL, -(-len(order) // batch_size) // POOLS))
    for pool in order.split(pool_size * batch_size):
        by_length = pool[lengths[pool].argsort(stable=True)]
        sizes = [len(of) for of in pool.split(batch_size)]
        batches += by_length.split([sizes[row] for row in torch.randperm(len(sizes))])
    return [batches[row] for row in torch.randperm(len(batches))]


def in_memory_batches(
    tensors: tuple[Tensor, ...], batch_size: int, shuffle: bool, lengths: Tensor | None = None
) -> Batches:
    """Batches of tensors of as many rows, which lie in the memory of one device."""

    def take(rows: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensor.index_select(0, rows) for tensor in tensors)

    return Batches(take, len(tensors[0]), batch_size, shuffle, tensors[0].device, lengths)
