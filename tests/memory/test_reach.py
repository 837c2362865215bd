"""From values over the lag to a memory."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.memory.reach import reach

ONES = np.ones(20)
LAGS = np.arange(20)


@given(factor=st.floats(1.05, 4.0), first=st.floats(1e-20, 1e3))
def test_of_a_geometric_decay_the_factor_and_both_memories_are_exact(factor, first):
    found = reach(LAGS, first * factor ** -LAGS.astype(float), ONES)
    assert found.factor == pytest.approx(factor, rel=1e-6)
    assert found.steps_e == pytest.approx(1 / math.log(factor), rel=1e-5) or found.steps_e >= 19
    assert found.steps_100 == pytest.approx(max(math.log(100) / math.log(factor), 0), rel=1e-5)
    assert found.left == pytest.approx(factor**-19.0, rel=1e-6)


def test_what_does_not_fall_is_remembered_for_ever():
    found = reach(LAGS, np.ones(20), ONES)
    assert found.factor == pytest.approx(1.0)
    assert found.steps_e in (math.inf, pytest.approx(math.inf)) or found.steps_e > 1e6
    assert reach(LAGS, 1.5**LAGS, ONES).steps_100 == math.inf


def test_zeros_have_no_logarithm_and_are_a_result():
    values = np.array([1.0, 0.5, 0.0, 0.0])
    found = reach(np.arange(4), values, np.ones(4))
    assert found.factor == pytest.approx(2.0)
    assert found.left == 0.0
    assert found.steps_100 == 2.0  # it is gone by then
    nothing = reach(np.arange(4), np.zeros(4), np.ones(4))
    assert all(math.isnan(value) for value in nothing[:4])


def test_a_single_lag_has_no_decay():
    found = reach(np.array([0]), np.array([1.0]), np.array([5]))
    assert math.isnan(found.factor)
    assert math.isnan(found.steps_e)
    assert (found.left, found.longest) == (1.0, 0)


def test_a_lag_of_no_clip_counts_for_nothing():
    values = np.array([1.0, 0.5, 0.25, np.nan])
    found = reach(np.arange(4), values, np.array([4, 4, 4, 0]))
    assert found.longest == 2
    assert found.factor == pytest.approx(2.0)


def test_where_it_falls_otherwise_than_by_a_line_the_crossing_counts():
    values = np.array([1.0, 0.1, 0.09, 0.08, 0.08])
    found = reach(np.arange(5), values, np.ones(5))
    assert 0 < found.steps_e < 1
    assert found.steps_100 >= 4  # never seen to fall so far
