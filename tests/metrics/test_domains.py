"""Distances of domains behave as their paper promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from seqpipe.metrics.domains import mmd2


def normal(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_mmd_is_zero_in_the_mean_for_equal_distributions():
    found = np.array([mmd2(normal(30, 4, 2 * s), normal(30, 4, 2 * s + 1), s).mmd2 for s in range(200)])
    assert abs(found.mean()) < 3 * found.std() / math.sqrt(200)
    assert (found < 0).any(), "unbiased"


def test_mmd_grows_with_the_shift_and_says_of_how_many():
    x, y = normal(80, 6, 10), normal(70, 6, 11)
    found = [mmd2(x, y + shift, seed=0) for shift in (0.0, 0.5, 1.0, 3.0)]
    values = [f.mmd2 for f in found]
    assert values == sorted(values)
    assert (found[0].n_source, found[0].n_target) == (80, 70)


def test_mmd_is_its_definition():
    x, y = normal(7, 3, 0), normal(5, 3, 1) + 1.0
    pooled = np.concatenate([x, y])
    sigma = np.median(cdist(pooled, pooled)[np.triu_indices(12, k=1)])

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-(cdist(a, b) ** 2) / (2 * sigma**2))

    by_hand = (kernel(x, x).sum() - 7) / 42 + (kernel(y, y).sum() - 5) / 20 - 2 * kernel(x, y).mean()
    found = mmd2(x, y, seed=0)
    assert found.mmd2 == pytest.approx(by_hand)
    assert found.bandwidth == pytest.approx(sigma)


@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 100.0))
@settings(max_examples=25, deadline=None)
def test_mmd_sees_neither_the_scale_of_the_features_nor_which_side_is_which(seed, scale):
    x, y = normal(15, 3, seed), normal(10, 3, seed + 1) + 0.5
    value = mmd2(x, y, 0).mmd2
    assert mmd2(scale * x, scale * y, 0).mmd2 == pytest.approx(value, abs=1e-9)
    assert mmd2(y, x, 0).mmd2 == pytest.approx(value, abs=1e-9)


def test_mmd_draws_no_more_than_asked_and_the_same_again():
    x, y = normal(300, 4, 0).astype(np.float32), normal(50, 4, 1).astype(np.float32)
    found = mmd2(x, y, seed=3, max_samples=100)
    assert (found.n_source, found.n_target) == (100, 50)
    assert found == mmd2(x, y, seed=3, max_samples=100)
    assert found.mmd2 != mmd2(x, y, seed=4, max_samples=100).mmd2


def test_mmd_of_equal_or_mostly_equal_samples_stands():
    assert mmd2(np.ones((5, 2)), np.ones((6, 2)), seed=0).mmd2 == 0.0
    few = np.zeros((20, 2))
    few[0] = 1.0
    assert math.isfinite(mmd2(few, np.zeros((20, 2)), seed=0).mmd2)


def test_mmd_refuses_what_cannot_be_compared():
    for x, y in ((normal(1, 2, 0), normal(5, 2, 0)), (normal(5, 2, 0), normal(5, 3, 0))):
        with pytest.raises(ValueError, match="expected"):
            mmd2(x, y, seed=0)
    with pytest.raises(ValueError, match="finite"):
        mmd2(np.full((3, 2), np.nan), normal(3, 2, 0), seed=0)
