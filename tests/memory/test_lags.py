"""Lags, and what is told at each."""

import numpy as np
from tests.memory.conftest import ramps

from seqpipe.memory.clips import choose_clips, lag_seconds, seconds_a_step
from seqpipe.memory.lags import at_lags, banded, lag_table, lags_of, relative


def test_all_lags_of_short_clips_and_some_of_long_ones():
    assert lags_of(5, 64).tolist() == [0, 1, 2, 3, 4]
    some = lags_of(5000, 64)
    assert len(some) <= 64
    assert (some[0], some[-1]) == (0, 4999)
    assert (np.diff(some) > 0).all()
    assert lags_of(1, 64).tolist() == [0]


def test_lags_are_counted_from_each_clips_own_end():
    steps = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 0.0, 0.0]])
    found = at_lags(steps, np.array([4, 2]), np.array([0, 1, 3]))
    np.testing.assert_array_equal(found, [[4, 3, 1], [6, 5, np.nan]])
    table = lag_table(np.array([0, 1, 3]), np.zeros((2, 3)), found, "norm")
    assert table["clips"].tolist() == [2, 2, 1]
    assert table["norm"].tolist() == [5.0, 4.0, 1.0]


def test_a_lag_that_no_clip_has_is_told_as_none_without_a_warning(recwarn):
    found = banded(np.array([[1.0, np.nan], [3.0, np.nan]]), "gain")
    assert found["gain"][0] == 2.0
    assert np.isnan(found["gain_low"][1])
    assert not recwarn.list


def test_shares_of_a_clip_without_a_gradient_are_none(recwarn):
    shares = relative(np.array([[2.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(shares, [[1.0, 0.5], [np.nan, np.nan]])
    assert not recwarn.list


def test_seconds_are_those_of_the_clips_in_the_order_of_reading():
    data = ramps([4, 2], step_s=0.5)
    uneven = data.times_s.copy()
    uneven[0] = [0.0, 1.0, 1.5, 1.75]
    object.__setattr__(data, "times_s", uneven)
    lags = np.array([0, 1, 2])
    np.testing.assert_allclose(lag_seconds(data, lags, backwards=False), [[0, 0.25, 0.75], [0, 0.5, np.nan]])
    np.testing.assert_allclose(lag_seconds(data, lags, backwards=True), [[0, 1.0, 1.5], [0, 0.5, np.nan]])


def test_a_step_of_clips_of_one_frame_has_no_length():
    assert np.isnan(seconds_a_step(ramps([1] * 8)))
    assert seconds_a_step(ramps([3] * 8, step_s=0.25)) == 0.25


def test_clips_are_of_val_or_where_it_is_small_of_train_and_few_where_they_are_long():
    many = ramps([3] * 160)
    chosen = choose_clips(many, 20)
    assert (chosen.split, len(chosen.data), chosen.available) == ("val", 20, 40)
    few = choose_clips(ramps([3] * 32), 20)
    assert (few.split, few.available) == ("train", 16)
    long = choose_clips(ramps([5000] * 80, size=1), 20)
    assert len(long.data) == 8
    assert set(chosen.data.t) == {0, 1}
