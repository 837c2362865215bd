"""Windows over long sequences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.data.windows import Windows, merged_windows, window_starts


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


def test_pieces_are_cut_of_each_sequence_and_filled_up_behind_its_end():
    windows = Windows.over([5, 2], size=3, hop=2)
    assert windows == ([0, 0, 1], [0, 2, 0], 3)
    values = torch.tensor([[1, 2, 3, 4, 5], [6, 7, -1, -1, -1]])
    assert windows.cut(values, -1).tolist() == [[1, 2, 3], [3, 4, 5], [6, 7, -1]]


def test_no_window_is_longer_than_the_longest_sequence():
    windows = Windows.over([4, 3], size=100, hop=50)
    assert windows == ([0, 1], [0, 0], 4)
    x = torch.arange(2 * 4 * 3.0).view(2, 4, 3)
    assert torch.equal(windows.cut(x, 0.0), x)


def test_what_lies_beyond_the_array_is_filled_up_in_every_type():
    windows = Windows([0], [1], 3)
    assert windows.cut(torch.ones(1, 2, 2), 0.0).tolist() == [[[1, 1], [0, 0], [0, 0]]]
    assert windows.cut(torch.ones(1, 2, dtype=torch.bool), False).tolist() == [[True, False, False]]
    assert windows.cut(torch.ones(1, 2, dtype=torch.int64), -100).tolist() == [[1, -100, -100]]


def test_of_no_sequence_there_is_no_window():
    windows = Windows.over([], size=4, hop=2)
    assert windows.cut(torch.ones(0, 6, 2), 0.0).shape == (0, windows.size, 2)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(1, 20), st.data())
def test_what_was_cut_is_put_together_again(lengths, size, data):
    windows = Windows.over(lengths, size, data.draw(st.integers(1, size)))
    values = torch.rand(len(lengths), max(lengths), 2, dtype=torch.float64)
    pieces = windows.cut(values, 0.0).numpy()
    for row, length in enumerate(lengths):
        of_row = [n for n, of in enumerate(windows.rows) if of == row]
        starts = [windows.starts[n] for n in of_row]
        answers = [pieces[n, : length - windows.starts[n]] for n in of_row]
        np.testing.assert_allclose(merged_windows(starts, answers, length), values[row, :length])
