"""Scores of segmentations, by cases made by hand and by what must hold for any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.metrics.segments import (
    UNLABELLED,
    Matches,
    Segment,
    edit_score,
    frame_accuracy,
    levenshtein,
    matched_segments,
    segment_scores,
    segments_of,
)

labels = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array)


def seq(text):
    """Labels of a string of digits; a dot is an unlabelled frame."""
    return np.array([UNLABELLED if c == "." else int(c) for c in text])


def test_segments_are_the_runs_of_equal_labels():
    assert segments_of(seq("0011122")) == [Segment(0, 2, 0), Segment(2, 5, 1), Segment(5, 7, 2)]
    assert segments_of(seq("0011122"), background=[0]) == [Segment(2, 5, 1), Segment(5, 7, 2)]
    assert segments_of(seq("1..1")) == [Segment(0, 1, 1), Segment(3, 4, 1)]
    assert segments_of(np.array([], int)) == []


def test_frames_nobody_labelled_count_for_nothing():
    assert frame_accuracy(seq("11..2"), seq("12000")) == pytest.approx(1 / 3)
    assert np.isnan(frame_accuracy(seq(".."), seq("11")))
    assert edit_score(seq("1.1"), seq("121")) == 1.0
    assert matched_segments(seq("11..22"), seq("110022"), 0.5) == Matches(2, 0, 0)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        ("000111", "000111", 1.0),
        ("000111", "011111", 1.0),  # the border does not count, only the order
        ("000111", "010101", 1 - 4 / 6),  # four segments too many
        ("0000", "1111", 0.0),
        ("0123", "0000", 1 - 3 / 4),
    ],
)
def test_the_edit_score_compares_the_orders(truth, predicted, expected):
    assert edit_score(seq(truth), seq(predicted)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predicted", "overlap", "expected"),
    [
        ("0000111122", 0.50, Matches(3, 0, 0)),
        ("0111111122", 0.50, Matches(2, 1, 1)),  # 0: 1 of 4 frames; 1: 4 of 7
        ("0111111122", 0.25, Matches(3, 0, 0)),
        ("0000112122", 0.50, Matches(3, 2, 0)),  # the second 1 and the first 2 hit nothing
        ("2222222222", 0.10, Matches(1, 0, 2)),
        ("2222222222", 0.25, Matches(0, 1, 3)),
    ],
)
def test_a_segment_is_hit_by_one_that_overlaps_it_enough(predicted, overlap, expected):
    assert matched_segments(seq("0000111122"), seq(predicted), overlap) == expected


def test_a_true_segment_is_hit_once():
    # Either half overlaps by exactly one half: the second one is false.
    assert matched_segments(seq("1111111"), seq("1110111"), 0.4) == Matches(1, 2, 0)
    assert Matches(1, 2, 0).f1 == pytest.approx(0.5)


def test_the_background_is_no_segment():
    truth, predicted = seq("0001100"), seq("0001110")
    assert matched_segments(truth, predicted, 0.5, background=[0]) == Matches(1, 0, 0)
    assert edit_score(truth, predicted, background=[0]) == 1.0
    assert segment_scores(seq("000"), seq("000"), background=[0]) == {
        "frame_accuracy": 1.0, "edit": 1.0, "f1_10": 1.0, "f1_25": 1.0, "f1_50": 1.0,
    }  # fmt: skip


@given(labels)
def test_the_truth_itself_is_perfect(truth):
    assert set(segment_scores(truth, truth).values()) == {1.0}


@given(st.data())
def test_scores_are_shares_and_f1_falls_with_the_overlap(data):
    truth = data.draw(labels)
    predicted = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(truth), max_size=len(truth))))
    scores = segment_scores(truth, predicted)
    assert all(0.0 <= value <= 1.0 for value in scores.values())
    assert scores["f1_10"] >= scores["f1_25"] >= scores["f1_50"]


@given(labels, labels)
def test_the_distance_is_a_metric(a, b):
    a, b = a.tolist(), b.tolist()
    assert levenshtein(a, b) == levenshtein(b, a)
    assert (levenshtein(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= levenshtein(a, b) <= max(len(a), len(b))


@given(labels, st.integers(2, 5))
def test_playing_both_slower_changes_nothing(truth, times):
    predicted = np.roll(truth, 1)
    assert segment_scores(truth, predicted) == pytest.approx(
        segment_scores(np.repeat(truth, times), np.repeat(predicted, times))
    )
