"""Long sequences in overlapping windows, so that a net's memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


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
