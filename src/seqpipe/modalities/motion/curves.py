"""A recording of motion drawn as curves over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqpipe.modalities.base import Drawing
from seqpipe.modalities.motion.steps import Steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASPECT = 0.17
MOST_CURVES = 12
"""Channels that are drawn, at most: more cannot be told apart."""
MOST_POINTS = 2000
"""Points of a curve; between them lies less than a dot of a printer."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, which who is colour blind can tell apart; from the seventh channel on lines are dashed."""
GAP_COLOUR = "#e4e4e4"


def drawn_curves(steps: Steps, rate: float, times_s: Sequence[float]) -> Drawing:
    """The channels over seconds, each with the mean 0 and the deviation 1; long gaps are grey.

    Args:
        steps: The recording.
        rate: Steps a second.
        times_s: What the model was shown; the curves end there.
    """
    values = steps.values[:, :MOST_CURVES]
    deviation = values.std(axis=0)
    curves = (values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    kept = np.unique(np.linspace(0, len(curves) - 1, min(len(curves), MOST_POINTS)).round().astype(int))
    at_s = (kept + 0.5) / rate
    gaps = [(first / rate, (last + 1) / rate) for first, last in _runs(steps.gaps)]
    left = steps.values.shape[1] - values.shape[1]

    def onto(axes: Axes) -> None:
        for place, curve in enumerate(curves[kept].T):
            dashed = place >= len(COLOURS)
            axes.plot(at_s, curve, color=COLOURS[place % len(COLOURS)], lw=0.7, ls="--" if dashed else "-")
        for first_s, last_s in gaps:
            axes.axvspan(first_s, last_s, color=GAP_COLOUR, lw=0)
        axes.set_xlim(0, max(at_s[-1], max(times_s, default=0.0)))
        axes.set_yticks([])
        axes.set_xlabel("seconds")
        axes.set_ylabel(f"{left} more not drawn" if left else "channels")

    return Drawing(ASPECT, onto)


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and last place of each run of what is true."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(end) - 1) for first, end in zip(changes[::2], changes[1::2], strict=True)]
