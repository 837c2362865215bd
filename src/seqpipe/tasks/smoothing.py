"""Against over-segmentation: a loss that asks neighbouring steps to agree, and a filter over finished answers."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter
from torch import Tensor

LARGEST_STEP = 4.0
"""tau: a larger change of a log-probability costs no more, for real borders must stay possible."""


def smoothing_loss(logits: Tensor, real: Tensor) -> Tensor:
    """Truncated mean squared change of log-probabilities from one step to the next.

        L = 1 / (n K) sum_{t,k} min(|log y_{t,k} - log y_{t-1,k}|, tau)^2,  tau = 4

    (Farha and Gall, MS-TCN: Multi-Stage Temporal Convolutional Network for Action Segmentation, CVPR 2019, eq. 9 to
    11; as there, no gradient flows into step t - 1.)

    Args:
        logits: (B, T, K).
        real: (B, T) bool, true where there is a step; n counts the pairs of real neighbours.
    """
    log_proba = logits.log_softmax(dim=-1)
    change = (log_proba[:, 1:] - log_proba[:, :-1].detach()).abs().clamp(max=LARGEST_STEP)
    pairs = real[:, 1:] & real[:, :-1]
    total = (change**2).mean(dim=-1).masked_fill(~pairs, 0.0).sum()
    return total / pairs.sum().clamp(min=1)


def median_smoothed(proba: np.ndarray, steps: int) -> np.ndarray:
    """Each class's probability (T, K) as the median over ``steps`` (odd) neighbouring steps; rows sum to 1 again.

    Beyond the ends the sequence is mirrored. A burst shorter than half the window disappears, an edge stays sharp.

    Raises:
        ValueError: steps is even or below 1.
    """
    if steps < 1 or steps % 2 == 0:
        raise ValueError(f"a median needs an odd number of steps, got {steps}")
    if steps == 1:
        return proba
    smoothed: np.ndarray = median_filter(proba, size=(steps, 1), mode="reflect")
    total = smoothed.sum(axis=1, keepdims=True)
    # Of classes that take turns step by step, every median can be 0: there the answers stay as they were.
    return np.where(total > 0, smoothed / np.where(total > 0, total, 1.0), proba)
