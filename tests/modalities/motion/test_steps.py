"""Rows at whatever times become steps at one rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.motion.steps import at_rate, rows_rate

ROWS = arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=st.floats(-100, 100, width=32))


def regular(values, recorded_rate, rate, max_gap_s=1.0):
    times_s = (np.arange(len(values)) + 0.5) / recorded_rate
    return at_rate(values, times_s, recorded_rate, rate, max_gap_s)


@given(ROWS, st.floats(0.5, 200))
def test_at_its_own_rate_a_recording_stays_as_it_is(values, rate):
    steps = regular(values, rate, rate)
    np.testing.assert_allclose(steps.values, values, rtol=0, atol=1e-9)
    assert not steps.gaps.any()


@given(ROWS, st.floats(5, 50), st.floats(5, 50))
def test_steps_lie_within_the_values_and_fill_the_time(values, recorded_rate, rate):
    steps = regular(values, recorded_rate, rate)
    assert len(steps.values) == max(1, round(len(values) / recorded_rate * rate))
    assert (steps.values <= values.max(axis=0) + 1e-6).all()
    assert (steps.values >= values.min(axis=0) - 1e-6).all()


@given(st.integers(2, 5), st.floats(-3, 3), st.floats(-3, 3))
def test_a_straight_line_stays_straight(times, slope, start):
    line = start + slope * (np.arange(60) + 0.5)[:, None] / 30
    for rate in (30 / times, 30 * times):
        steps = regular(line, 30.0, rate).values[:, 0]
        middles = (np.arange(len(steps)) + 0.5) / rate
        inner = (middles > 1 / 10) & (middles < 2 - 1 / 10)
        np.testing.assert_allclose(steps[inner], (start + slope * middles)[inner], atol=1e-6)


def test_what_is_faster_than_the_steps_is_not_folded_back():
    fast = np.sin(2 * np.pi * 45 * (np.arange(1000) + 0.5) / 100)[:, None]
    assert np.abs(regular(fast, 100.0, 10.0).values[1:-1]).max() < 0.15


def test_irregular_times_are_put_in_their_places():
    random = np.random.default_rng(0)
    times_s = np.sort(random.uniform(0, 10, 400))
    steps = at_rate(np.sin(times_s)[:, None], times_s, rows_rate(times_s), 10.0, 1.0)
    middles = (np.arange(len(steps.values)) + 0.5) / 10
    np.testing.assert_allclose(steps.values[2:-2, 0], np.sin(middles)[2:-2], atol=0.03)


def test_a_pause_between_rows_is_a_gap_as_a_missing_value_is():
    times_s = np.concatenate([np.arange(20), np.arange(60, 80)]) / 10 + 0.05
    steps = at_rate(np.arange(40.0)[:, None], times_s, 10.0, 10.0, max_gap_s=1.0)
    assert np.flatnonzero(steps.gaps).tolist() == list(range(20, 60))
    assert set(steps.values[20:60, 0]) == {19.5}
    assert not at_rate(np.arange(40.0)[:, None], times_s, 10.0, 10.0, max_gap_s=5.0).gaps.any()


def test_missing_ends_are_gaps_where_they_are_long():
    values = np.ones((30, 1))
    values[:10] = np.nan
    assert np.flatnonzero(regular(values, 10.0, 10.0, max_gap_s=0.5).gaps).tolist() == list(range(10))
    assert not regular(values, 10.0, 10.0, max_gap_s=2.0).gaps.any()


@pytest.mark.parametrize(
    ("times_s", "words"),
    [
        ([0.0], "single row"),
        ([0.0, 0.0], "All its times are the same"),
        ([0.0, 0.2, 0.1], "run backwards, first at row 3"),
        ([0.0, np.nan, 0.1], "missing, or no numbers"),
    ],
)
def test_times_that_are_none(times_s, words):
    with pytest.raises(InvalidSample, match=words) as caught:
        rows_rate(np.array(times_s))
    assert caught.value.reason == "times_invalid"
