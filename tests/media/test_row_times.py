"""Annotations that count rows, in the seconds in which these were recorded."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.media.annotations import Mark, Marks, segments_in_seconds
from seqpipe.media.row_times import RowTimes, in_seconds

PAUSED = RowTimes(np.concatenate([np.arange(100) / 25, 10 + np.arange(100) / 25]), 1 / 25)


def spans(rows, *marks):
    found = in_seconds(Marks(tuple(Mark(*mark, "x") for mark in marks), "frames"), rows)
    assert found.unit == "seconds"
    return [(mark.start, mark.end) for mark in found.marks]


def test_what_lies_behind_a_pause_begins_behind_it():
    assert spans(PAUSED, (0, 100), (100, 200)) == [pytest.approx((0, 4)), pytest.approx((10, 14))]
    assert spans(PAUSED, (50, 150)) == [pytest.approx((2, 12))]


def test_rows_at_one_time_are_counted():
    rows = RowTimes(np.array([0, 0.1, 0.1, 0.2]), 0.1)
    assert spans(rows, (0, 2), (2, 4)) == [pytest.approx((0, 0.1)), pytest.approx((0.1, 0.3))]


def test_rows_beyond_the_recording_stay_beyond_it():
    assert spans(PAUSED, (-2, 1), (198, 205)) == [pytest.approx((-0.08, 0.04)), pytest.approx((13.92, 14.2))]


@given(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=30), st.data())
def test_stretches_one_after_the_other_never_overlap(distances, data):
    rows = RowTimes(np.concatenate([[0.0], np.cumsum(distances)]), float(np.median(distances)))
    edges = sorted(data.draw(st.sets(st.integers(0, len(distances) + 1), min_size=2)))
    marks = tuple(Mark(a, b, str(a)) for a, b in pairwise(edges))
    segments = segments_in_seconds(in_seconds(Marks(marks, "frames"), rows), 25.0, rows.start(len(distances) + 1))
    assert [segment.label for segment in segments] == [mark.label for mark in marks]
