"""How sure one may be of a mean over samples that come in groups: pure functions on arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES_AT_ONCE = 4_000_000  # drawn indices held in memory at once: 32 MB however many groups there are


class Difference(NamedTuple):
    """A mean difference and its interval."""

    mean: float
    low: float
    high: float


def mean_interval(
    values: npt.ArrayLike, groups: npt.ArrayLike, resamples: int, confidence: float, seed: int
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean, over groups (Efron 1979; a cluster bootstrap).

    Samples of one group (a scene, a subject) resemble each other, so whole groups are drawn with replacement.
    With a single group there is nothing to draw from: its samples are drawn instead, and the interval says
    nothing about other groups. The interval always holds the mean itself, and it has no width where all values are
    alike.

    Args:
        values: (N,) numbers, N >= 1; of an accuracy: whether each sample is right.
        groups: (N,) what each sample belongs to.
        resamples: how many are drawn, at least 1.
        confidence: coverage of the interval, within 0..1.
        seed: of what is drawn.
    """
    given = np.asarray(values, dtype=np.float64)
    group = drawn_as(groups)
    total = np.bincount(group, weights=given)
    size = np.bincount(group)
    drawn = _resampled_means(total, size, resamples, seed)
    return within(drawn, float(given.mean()), confidence)


def drawn_as(groups: npt.ArrayLike) -> Ints:
    """(N,) the number of what each sample is drawn with: its group's, or its own where all are of one group."""
    group = pd.factorize(np.asarray(groups))[0]
    return np.arange(len(group)) if group.max(initial=0) == 0 else group


def draws(n_groups: int, resamples: int, seed: int) -> Iterator[Ints]:
    """Blocks (k, n_groups) of group numbers, ``resamples`` rows in all: each a resample, drawn with replacement."""
    rng = np.random.default_rng(seed)
    at_once = max(1, RESAMPLES_AT_ONCE // n_groups)
    for start in range(0, resamples, at_once):
        yield rng.integers(n_groups, size=(min(at_once, resamples - start), n_groups))


def within(drawn: Floats, value: float, confidence: float) -> tuple[float, float]:
    """The middle ``confidence`` of (resamples,) values, made wide enough to hold ``value``."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return min(float(low), value), max(float(high), value)


def paired_difference(
    values: npt.ArrayLike,
    reference: npt.ArrayLike,
    groups: npt.ArrayLike,
    resamples: int,
    confidence: float,
    seed: int,
) -> Difference:
    """What ``values`` are ahead of ``reference`` by in the mean, both (N,) of the same samples, with its interval.

    The interval is that of the difference, sample by sample: far narrower than what the two means' own intervals
    would tell of it. The other arguments are those of `mean_interval`.
    """
    ahead = np.asarray(values, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    return Difference(float(ahead.mean()), *mean_interval(ahead, groups, resamples, confidence, seed))


def _resampled_means(total: npt.NDArray[Any], size: npt.NDArray[Any], resamples: int, seed: int) -> Floats:
    """(resamples,) means, each over as many groups as there are, drawn with replacement."""
    parts = [total[drawn].sum(axis=1) / size[drawn].sum(axis=1) for drawn in draws(len(size), resamples, seed)]
    return np.concatenate(parts)
