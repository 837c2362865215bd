"""Losses and filters against over-segmentation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.tasks.smoothing import median_smoothed, smoothing_loss


def test_the_smoothing_loss_is_the_mean_truncated_square():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 2.0], [0.0, 2.0]]], dtype=torch.float64)
    real = torch.ones(1, 3, dtype=torch.bool)
    # log softmax of (2, 0) differs from that of (0, 2) by 2 in each class; the second pair does not differ.
    assert smoothing_loss(logits, real).item() == pytest.approx((2**2 + 0) / 2)
    assert smoothing_loss(10 * logits, real).item() == pytest.approx((4**2 + 0) / 2)


def test_steps_that_are_not_there_cost_nothing():
    logits = torch.randn(2, 5, 3)
    real = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    changed = logits.clone()
    changed[1, 2:] = 100.0
    assert smoothing_loss(logits, real) == smoothing_loss(changed, real)
    assert smoothing_loss(logits, torch.zeros(2, 5, dtype=torch.bool)) == 0.0


def test_a_burst_goes_and_an_edge_stays():
    labels = np.array([0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1])
    smoothed = median_smoothed(np.eye(2)[labels], 5)
    assert smoothed.argmax(axis=1).tolist() == [0] * 7 + [1] * 5
    assert np.array_equal(median_smoothed(np.eye(2)[labels], 1), np.eye(2)[labels])


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 6))
def test_what_is_smoothed_stays_a_distribution(length, classes, half):
    proba = np.random.default_rng(length).dirichlet(np.full(classes, 0.2), size=length)
    smoothed = median_smoothed(proba, 2 * half + 1)
    assert smoothed.shape == proba.shape
    np.testing.assert_allclose(smoothed.sum(axis=1), 1.0)


def test_an_even_window_is_refused():
    with pytest.raises(ValueError, match="odd number of steps, got 4"):
        median_smoothed(np.ones((3, 1)), 4)
