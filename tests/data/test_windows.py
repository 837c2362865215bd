"""Windows over long sequences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.data.windows import merged_windows, window_starts


@given(st.integers(1, 200), st.integers(1, 50), st.data())
def test_windows_cover_every_step_and_stay_inside(length, size, data):
    starts = window_starts(length, size, data.draw(st.integers(1, size)))
    covered = {step for start in starts for step in range(start, min(start + size, length))}
    assert covered == set(range(length))
    assert starts == sorted(set(starts))
    assert starts[-1] + size == length or (starts == [0] and length <= size)


@given(st.integers(1, 60), st.integers(1, 20), st.data())
def test_windows_that_agree_give_what_they_agree_on(length, size, data):
    starts = window_starts(length, size, data.draw(st.integers(1, size)))
    answer = np.random.default_rng(length).random((length, 3))
    merged = merged_windows(starts, [answer[start : start + size] for start in starts], length)
    np.testing.assert_allclose(merged, answer)


def test_where_windows_differ_the_one_whose_middle_is_nearer_counts_more():
    merged = merged_windows([0, 2], [np.zeros((4, 1)), np.ones((4, 1))], 6)[:, 0]
    assert merged[:2].tolist() == [0, 0]
    assert merged[4:].tolist() == [1, 1]
    assert 0 < merged[2] < 0.5 < merged[3] < 1


def test_windows_that_would_leave_steps_out_are_refused():
    with pytest.raises(ValueError, match="expected 1 to 4"):
        window_starts(10, 4, 5)
