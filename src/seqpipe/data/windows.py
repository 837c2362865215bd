"""Long sequences in overlapping windows, so that a net's memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


def window_starts(length: int, size: int, hop: int) -> list[int]:
    """Where the windows of ``size`` steps begin, ``hop`` apart, that cover ``length`` steps; the last one ends there.

    A sequence no longer than a window has one.

    Raises:
        ValueError: hop is not in 1..size: steps would be left out.
    """
    if not 1 <= hop <= size:
        raise ValueError(f"windows of {size} steps cannot be {hop} apart; expected 1 to {size}")
    last = max(0, length - size)
    return [*range(0, last, hop), last]


class Windows(NamedTuple):
    """Pieces of sequences: the row that each is of, the step at which it begins, and how many steps it has."""

    rows: list[int]
    starts: list[int]
    size: int

    @classmethod
    def over(cls, lengths: Sequence[int], size: int, hop: int) -> Windows:
        """The windows that cover sequences of these lengths; no longer than the longest sequence."""
        size = min(size, max(lengths, default=1))
        hop = min(hop, size)
        found = [(row, start) for row, length in enumerate(lengths) for start in window_starts(length, size, hop)]
        return cls([row for row, _ in found], [start for _, start in found], size)

    def cut(self, values: Tensor, fill: float) -> Tensor:
        """The windows of values (N, T, ...): (M, size, ...), filled up behind a sequence's end."""
        missing = max(0, max(self.starts, default=0) + self.size - values.shape[1])
        padded = torch.nn.functional.pad(values, [0, 0] * (values.ndim - 2) + [0, missing], value=fill)
        steps = torch.tensor(self.starts, dtype=torch.int64)[:, None] + torch.arange(self.size)
        return padded[torch.tensor(self.rows, dtype=torch.int64)[:, None], steps]


def merged_windows(starts: Sequence[int], answers: Sequence[np.ndarray], length: int) -> np.ndarray:
    """(length, K) float64: where windows overlap, the mean of their answers, each the surer the nearer its middle.

    Args:
        starts: As ``window_starts`` gave them.
        answers: (n, K) of each window, n steps from its start.
        length: Of the sequence.
    """
    total = np.zeros((length, answers[0].shape[1]))
    weight = np.zeros((length, 1))
    for start, answer in zip(starts, answers, strict=True):
        stop = start + len(answer)
        share = _towards_middle(len(answer))[:, None]
        total[start:stop] += share * answer
        weight[start:stop] += share
    return total / weight


def _towards_middle(steps: int) -> np.ndarray:
    """A triangle (steps,): what lies at a window's edge has been seen with little before it, or behind."""
    step = np.arange(steps)
    return np.minimum(step + 1, steps - step).astype(np.float64)
