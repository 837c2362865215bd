"""The interval behaves as a bootstrap over groups must; that of a difference is of the same samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.metrics import intervals
from seqpipe.metrics.intervals import mean_interval, paired_difference


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=60),
    st.integers(0, 5),
    st.floats(0.51, 0.99),
)
@settings(max_examples=80, deadline=None)
def test_holds_the_accuracy_within_zero_and_one(samples, seed, confidence):
    correct, groups = zip(*samples, strict=True)
    low, high = mean_interval(correct, groups, 100, confidence, seed)
    assert 0.0 <= low <= np.mean(correct) <= high <= 1.0


def test_narrows_with_more_groups():
    rng = np.random.default_rng(0)
    widths = []
    for n_groups in (5, 50, 500):
        correct = rng.random(n_groups * 4) < 0.7
        low, high = mean_interval(correct, np.repeat(np.arange(n_groups), 4), 1000, 0.95, 0)
        widths.append(high - low)
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_groups_alike_within_widen_it():
    correct = np.repeat(np.arange(20) % 2 == 0, 10)
    groups = np.repeat(np.arange(20), 10)
    low, high = mean_interval(correct, groups, 1000, 0.95, 0)
    low_alone, high_alone = mean_interval(correct, np.arange(200), 1000, 0.95, 0)
    assert high - low > 2 * (high_alone - low_alone)


def test_is_the_bootstrap_of_samples_where_each_is_its_own_group():
    correct = np.random.default_rng(1).random(80) < 0.6
    drawn = np.random.default_rng(3).integers(80, size=(400, 80))
    expected = np.quantile(correct[drawn].mean(axis=1), [0.05, 0.95])
    got = mean_interval(correct, [f"g{i}" for i in range(80)], 400, 0.9, 3)
    assert got == pytest.approx(tuple(expected))


def test_agrees_with_the_binomial_of_many_samples():
    correct = np.arange(1000) < 800
    low, high = mean_interval(correct, np.arange(1000), 2000, 0.95, 0)
    assert (low, high) == pytest.approx((0.8 - 0.0248, 0.8 + 0.0248), abs=0.003)


def test_a_single_group_is_resampled_by_sample():
    correct = np.arange(50) < 30
    one = mean_interval(correct, ["all"] * 50, 300, 0.95, 0)
    assert one == mean_interval(correct, np.arange(50), 300, 0.95, 0)
    assert one[0] < 0.6 < one[1]


def test_drawn_in_parts_it_is_the_same(monkeypatch):
    correct = np.arange(40) % 3 > 0
    whole = mean_interval(correct, np.arange(40), 200, 0.95, 5)
    monkeypatch.setattr(intervals, "RESAMPLES_AT_ONCE", 40 * 7)
    assert mean_interval(correct, np.arange(40), 200, 0.95, 5) == whole


def test_what_is_drawn_does_not_hang_on_the_names_of_the_groups():
    correct = np.arange(40) % 3 > 0
    numbered = mean_interval(correct, np.repeat(np.arange(10), 4), 200, 0.95, 5)
    assert mean_interval(correct, np.repeat(list("zyxwvutsrq"), 4), 200, 0.95, 5) == numbered


def test_a_difference_is_known_better_than_what_it_is_of():
    rng = np.random.default_rng(0)
    before = rng.random(200) < 0.6
    after = before | (rng.random(200) < 0.1)
    gain = paired_difference(after, before, np.arange(200), 500, 0.95, 0)
    assert gain.mean == pytest.approx(after.mean() - before.mean())
    assert 0 < gain.low < gain.mean < gain.high
    low, high = mean_interval(after, np.arange(200), 500, 0.95, 0)
    assert gain.high - gain.low < 0.6 * (high - low)
    assert paired_difference(before, before, np.arange(200), 500, 0.95, 0) == (0.0, 0.0, 0.0)
