"""Annotations of a video: what fits it, in seconds, and the label at any time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.media.annotations import Mark, Marks, labels_at, marks_of_frames, segments_in_seconds
from seqpipe.media.frames import InvalidSample


def seconds(*marks, duration_s=10.0, fps=10.0, unit="seconds"):
    return segments_in_seconds(Marks(tuple(Mark(*mark) for mark in marks), unit), fps, duration_s)


def table(*marks):
    return pd.DataFrame(marks, columns=["start_s", "end_s", "label"])


def test_segments_come_in_order():
    assert seconds((4, 6, "run"), (0, 2, "walk")) == [Mark(0, 2, "walk"), Mark(4, 6, "run")]


def test_frames_become_seconds():
    assert seconds((0, 35, "walk"), (35, 60, "run"), unit="frames") == [Mark(0, 3.5, "walk"), Mark(3.5, 6, "run")]


def test_what_ends_a_frame_late_is_cut():
    assert seconds((8, 10.1, "run")) == [Mark(8, 10, "run")]
    assert seconds((8, 10.4, "run"), fps=2.0) == [Mark(8, 10, "run")]
    assert seconds((8, 9, "run"), (10.0, 10.1, "end")) == [Mark(8, 9, "run")]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ((8, 11, "run"), "annotation_beyond_end"),
        ((-1, 2, "run"), "annotation_invalid"),
        ((5, 5, "run"), "annotation_invalid"),
        ((6, 5, "run"), "annotation_invalid"),
    ],
)
def test_what_does_not_fit_the_video_is_named(mark, reason):
    with pytest.raises(InvalidSample, match="'run'") as caught:
        seconds(mark)
    assert caught.value.reason == reason


def test_two_labels_at_once_are_named_and_one_label_twice_is_one():
    with pytest.raises(InvalidSample, match=r"'run' from 4\.00 to 6\.00 s overlaps 'walk', which ends at 5\.00 s"):
        seconds((0, 5, "walk"), (4, 6, "run"))
    assert seconds((0, 5, "walk"), (4, 6, "walk")) == [Mark(0, 5, "walk"), Mark(5, 6, "walk")]


def test_a_label_a_frame_becomes_runs_and_frames_left_out_stay_unlabelled():
    marks = marks_of_frames([(1, "a"), (0, "a"), (2, "b"), (5, "b")])
    assert marks == Marks((Mark(0, 2, "a"), Mark(2, 3, "b"), Mark(5, 6, "b")), "frames", "unlabelled")


def test_a_frame_of_two_labels_is_named():
    with pytest.raises(InvalidSample, match="Frame 1 has two labels"):
        marks_of_frames([(0, "a"), (1, "a"), (1, "b")])


def test_the_label_at_a_time_is_that_of_its_segment():
    segments, classes = table((1.0, 2.0, "a"), (2.0, 3.0, "b")), {"a": 0, "b": 1}
    times = np.array([0.5, 1.0, 1.999, 2.0, 3.0])
    assert labels_at(times, segments, classes, outside=7).tolist() == [7, 0, 0, 1, 7]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=50), st.floats(1.0, 60.0))
def test_labels_by_frame_come_back_at_the_middle_of_each_frame(labels, fps):
    classes = {name: number for number, name in enumerate("abc")}
    marks = segments_in_seconds(marks_of_frames(enumerate(labels)), fps, len(labels) / fps)
    times = (np.arange(len(labels)) + 0.5) / fps
    expected = [classes[label] for label in labels]
    assert labels_at(times, table(*marks), classes, outside=-100).tolist() == expected
