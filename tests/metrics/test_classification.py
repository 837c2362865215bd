"""The metrics are scikit-learn's; classes that no sample has are neither right nor wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from seqpipe.metrics.classification import (
    balanced_accuracy,
    calibration_bins,
    chance,
    class_scores,
    confusion_counts,
    expected_calibration_error,
    macro_f1,
    probabilities,
    split_scores,
    top_k_accuracy,
)

K = 4
LABELS = st.lists(st.tuples(st.integers(0, K - 1), st.integers(0, K - 1)), min_size=1, max_size=40)


@given(LABELS)
@settings(max_examples=60, deadline=None)
def test_means_over_classes_are_scikit_learns_over_the_classes_in_the_truth(pairs):
    truth, predicted = (np.array(side) for side in zip(*pairs, strict=True))
    there = np.unique(truth)
    expected = sk.f1_score(truth, predicted, average="macro", labels=there, zero_division=0)
    assert macro_f1(truth, predicted) == expected
    scores = class_scores(truth, predicted, K)
    assert scores.f1[there].mean() == pytest.approx(expected)
    assert scores.recall[there].mean() == pytest.approx(balanced_accuracy(truth, predicted))
    assert scores.support.tolist() == np.bincount(truth, minlength=K).tolist()
    absent = np.setdiff1d(np.arange(K), there)
    assert not any(np.any(of[absent]) for of in scores)


def test_a_class_that_is_only_predicted_is_not_one_more_class():
    assert macro_f1([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx((1 + 2 / 3) / 2)
    assert macro_f1([0, 0, 0], [0, 0, 1]) == pytest.approx(0.8)


def test_scores_of_a_split():
    proba = probabilities([[0.5, 0.5, 0.0], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]], 3, 3)
    scores = split_scores(np.array([0, 1, 0]), proba)
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)
    assert scores["log_loss"] == pytest.approx(-np.log([0.5, 0.8, 0.2]).mean())


def test_of_no_samples_there_are_no_scores():
    scores = split_scores(np.array([], np.int64), np.empty((0, 3)))
    assert list(scores) == ["accuracy", "macro_f1", "log_loss"]
    assert np.isnan(list(scores.values())).all()


def test_of_equal_probabilities_the_first_counts_as_for_argmax():
    proba = np.array([[1.0, 0.0, 0.0, 0.0]] * 4)
    truth = np.arange(4)
    assert top_k_accuracy(truth, proba, 1) == 0.25
    assert top_k_accuracy(truth, proba, 2) == 0.5


def test_counts_and_chance():
    assert confusion_counts([0, 2, 2], [0, 0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert chance([0, 2, 2]) == pytest.approx(2 / 3)


def test_rows_of_float32_are_made_to_sum_to_one():
    assert probabilities(np.full((3, 7), 1 / 7, np.float32), 3, 7).sum(axis=1) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(
    ("proba", "said"),
    [
        ([[0.5, 0.2]], "sum to 1"),
        ([[np.nan, 1.0]], "finite"),
        ([[1.5, -0.5]], "finite probabilities"),
        ([[1.0]], r"shape \(1, 2\)"),
    ],
)
def test_what_is_no_probability_is_refused(proba, said):
    with pytest.raises(ValueError, match=said):
        probabilities(proba, 1, 2)


def test_the_calibration_error_by_hand():
    confidence = [0.95, 0.95, 0.65, 0.65]
    correct = [True, True, True, False]
    expected = 0.5 * abs(0.95 - 1.0) + 0.5 * abs(0.65 - 0.5)
    assert expected_calibration_error(confidence, correct, 10) == pytest.approx(expected)


def test_sure_and_right_is_zero_and_sure_and_wrong_is_one():
    assert expected_calibration_error([1.0, 1.0], [True, True], 15) == 0.0
    assert expected_calibration_error([1.0, 1.0], [False, False], 15) == 1.0


def test_one_bin_compares_the_means():
    error = expected_calibration_error([0.3, 0.9, 0.6], [True, False, True], 1)
    assert error == pytest.approx(abs(0.6 - 2 / 3))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 30))
@settings(max_examples=80, deadline=None)
def test_every_sample_is_in_one_bin_that_holds_it(samples, bins):
    confidence, correct = zip(*samples, strict=True)
    table = calibration_bins(confidence, correct, bins)
    filled = table.n > 0
    assert table.n.sum() == len(samples)
    assert (table.confidence[filled] >= table.low[filled] - 1e-9).all()
    assert (table.confidence[filled] <= table.high[filled] + 1e-9).all()
    assert 0.0 <= expected_calibration_error(confidence, correct, bins) <= 1.0
