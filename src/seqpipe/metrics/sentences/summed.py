"""A score of a whole split that is made of sums over its samples, and what resampling tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqpipe.metrics.intervals import Difference, Floats, Ints, drawn_as, draws, within


@dataclass(frozen=True)
class SummedScore:
    """Numbers of each sample, and what their sums make.

    Attributes:
        rows: (N, S) what each sample adds: counts of n-grams, or (score, 1) where the score is a mean.
        of: (R, S) sums -> (R,) scores. A score that cannot be told (0 / 0) is not a number.
    """

    rows: Floats
    of: Callable[[Floats], Floats]

    @property
    def value(self) -> float:
        """The score of all samples together."""
        return float(self.of(self.rows.sum(axis=0, keepdims=True))[0])

    def per_sample(self) -> Floats:
        """(N,) the score of each sample, as though it were alone."""
        return self.of(self.rows)

    def interval(self, groups: npt.ArrayLike, resamples: int, confidence: float, seed: int) -> tuple[float, float]:
        """Percentile bootstrap interval of the score over groups; as `seqpipe.metrics.intervals.mean_interval`.

        Not a number where a resample has none. The statistics of samples are drawn, never computed anew.
        """
        return within(self._resampled(drawn_as(groups), resamples, seed), self.value, confidence)

    def ahead_of(
        self, other: SummedScore, groups: npt.ArrayLike, resamples: int, confidence: float, seed: int
    ) -> Difference:
        """What this score is ahead of ``other`` by, of the same samples, with the interval of that difference.

        Both are computed on the same resamples (paired bootstrap; Koehn, Statistical Significance Tests for Machine
        Translation Evaluation, EMNLP 2004), drawn by group.
        """
        group = drawn_as(groups)
        between = self._resampled(group, resamples, seed) - other._resampled(group, resamples, seed)
        ahead = self.value - other.value
        return Difference(ahead, *within(between, ahead, confidence))

    def _resampled(self, group: Ints, resamples: int, seed: int) -> Floats:
        """(resamples,) scores, each of as many groups as there are, drawn with replacement."""
        total = np.column_stack([np.bincount(group, weights=column) for column in self.rows.T])
        parts = [self.of(_times_drawn(drawn) @ total) for drawn in draws(len(total), resamples, seed)]
        return np.concatenate(parts)


def mean_of(scores: npt.ArrayLike) -> SummedScore:
    """The mean over samples of their scores (N,)."""
    given = np.asarray(scores, dtype=np.float64)
    return SummedScore(np.column_stack([given, np.ones_like(given)]), share)


def share(sums: Floats) -> Floats:
    """(R,) the first of two sums (R, 2) over the second; not a number where that is 0."""
    some = sums[:, 1] != 0
    return np.where(some, sums[:, 0] / np.where(some, sums[:, 1], 1.0), np.nan)


def _times_drawn(drawn: Ints) -> Floats:
    """(R, G) how often each of G groups is in each of R resamples (R, G)."""
    n_resamples, n_groups = drawn.shape
    place = drawn + np.arange(n_resamples)[:, None] * n_groups
    counts = np.bincount(place.ravel(), minlength=drawn.size)
    return counts.reshape(drawn.shape).astype(np.float64)
