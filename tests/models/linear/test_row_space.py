"""The space of the training vectors: distances and products in it are those outside."""

import numpy as np
import pytest

from seqpipe.models.linear.row_space import InRowSpace


@pytest.fixture
def x():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 50))
    x[7] = x[3]  # a duplicate: one direction less
    return x - x.mean(axis=0)


def test_products_stay(x):
    inside = InRowSpace.of(x)
    assert inside.vectors.shape == (12, 10)
    np.testing.assert_allclose(inside.vectors @ inside.vectors.T, x @ x.T, atol=1e-9)
    np.testing.assert_allclose(inside.widened(inside.vectors), x, atol=1e-9)


def test_the_basis_is_orthonormal(x):
    basis = InRowSpace.of(x).basis
    np.testing.assert_allclose(basis @ basis.T, np.eye(10), atol=1e-9)


def test_where_features_are_fewer_all_stays_as_it_is():
    x = np.arange(12.0).reshape(4, 3)
    inside = InRowSpace.of(x)
    assert inside.basis is None
    assert inside.vectors is x
    assert inside.widened(x) is x


def test_size_and_variance_are_of_all_features(x):
    inside = InRowSpace.of(x)
    assert inside.size == 50
    assert inside.variance == pytest.approx(x.var())
