"""A score of sums is resampled as a mean is, and told of each sample."""

from __future__ import annotations

import numpy as np
import pytest

from seqpipe.metrics import intervals
from seqpipe.metrics.intervals import mean_interval, paired_difference
from seqpipe.metrics.sentences.summed import SummedScore, mean_of, share

VALUES = np.random.default_rng(0).random(60)
OTHERS = np.random.default_rng(1).random(60)
GROUPS = np.arange(60) // 4
DRAWN = (300, 0.9, 7)


def test_of_a_mean_it_is_the_interval_of_the_mean():
    score = mean_of(VALUES)
    assert score.value == pytest.approx(VALUES.mean())
    assert score.per_sample() == pytest.approx(VALUES)
    for groups in (GROUPS, np.arange(60), ["all"] * 60):
        assert score.interval(groups, *DRAWN) == pytest.approx(mean_interval(VALUES, groups, *DRAWN))


def test_of_means_the_difference_is_that_of_the_means():
    ahead = mean_of(VALUES).ahead_of(mean_of(OTHERS), GROUPS, *DRAWN)
    assert tuple(ahead) == pytest.approx(tuple(paired_difference(VALUES, OTHERS, GROUPS, *DRAWN)))
    assert tuple(mean_of(VALUES).ahead_of(mean_of(VALUES), GROUPS, *DRAWN)) == (0, 0, 0)


def test_a_ratio_is_of_sums_and_not_the_mean_of_ratios():
    score = SummedScore(np.array([[1.0, 1.0], [0.0, 3.0]]), share)
    assert score.value == 0.25
    assert list(score.per_sample()) == [1.0, 0.0]
    low, high = score.interval([0, 1], 200, 0.9, 0)
    assert (low, high) == (0.0, 1.0)


def test_drawn_in_parts_it_is_the_same(monkeypatch):
    whole = mean_of(VALUES).interval(GROUPS, *DRAWN)
    monkeypatch.setattr(intervals, "RESAMPLES_AT_ONCE", 15 * 7)
    assert mean_of(VALUES).interval(GROUPS, *DRAWN) == pytest.approx(whole)


def test_what_cannot_be_told_is_not_a_number():
    score = SummedScore(np.zeros((3, 2)), share)
    assert np.isnan(score.value)
    assert np.isnan(score.interval([0, 1, 2], *DRAWN)).all()
