"""The clips that the models are looked into with, and what a step of theirs is in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqpipe.data.dataset import FeatureDataset

FEWEST = 16
"""Where val has fewer clips than this, clips of train are taken."""
MOST_STEPS = 40_000
"""Steps of all clips together: of long clips fewer are taken, but `FEWEST_LONG` at least."""
FEWEST_LONG = 4


@dataclass(frozen=True, eq=False)
class Clips:
    """The clips that are looked at.

    Attributes:
        data: They themselves.
        split: Where they are from.
        available: How many that split has.
    """

    data: FeatureDataset
    split: str
    available: int

    @property
    def lengths(self) -> np.ndarray:
        """(N,) steps of each."""
        lengths: np.ndarray = self.data.mask.sum(axis=1)
        return lengths


def choose_clips(dataset: FeatureDataset, most: int) -> Clips:
    """At most so many clips of val, spread evenly over it; of train where val has too few."""
    val, train = dataset.part("val"), dataset.part("train")
    split, part = ("train", train) if len(val) < min(FEWEST, most, len(train)) else ("val", val)
    longest = int(part.mask.sum(axis=1).max())
    count = min(most, len(part), max(FEWEST_LONG, MOST_STEPS // longest))
    return Clips(part.take(np.unique(np.linspace(0, len(part) - 1, count).round().astype(int))), split, len(part))


def seconds_a_step(data: FeatureDataset) -> float:
    """The median time between neighbouring steps; NaN where there are no two, or their times are not told."""
    gaps = np.diff(data.times_s, axis=1)[data.mask[:, 1:]]
    median = float(np.median(gaps)) if len(gaps) else 0.0
    return median if median > 0 else float("nan")


def lag_seconds(data: FeatureDataset, lags: np.ndarray, *, backwards: bool) -> np.ndarray:
    """(N, n) how many seconds each lag is in each clip, in the order of reading; NaN beyond its beginning."""
    lengths = data.mask.sum(axis=1)[:, None]
    back = lengths - 1 - lags[None]  # the step in the order of reading
    step = (lengths - 1 - back if backwards else back).clip(0, data.mask.shape[1] - 1)
    last = np.zeros_like(lengths) if backwards else lengths - 1
    seconds = np.abs(np.take_along_axis(data.times_s, last, 1) - np.take_along_axis(data.times_s, step, 1))
    seconds_back: np.ndarray = np.where(back >= 0, seconds, np.nan)
    return seconds_back
