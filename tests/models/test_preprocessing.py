"""Centring, scaling and PCA as arrays: scikit-learn's own steps, to the bit."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from seqpipe.core.errors import UserError
from seqpipe.models.preprocessing import Preprocessor, fit_pca, fit_preprocessor, fit_scaler


def vectors(rows, size):
    rng = np.random.default_rng(rows + size)
    return rng.normal(size=(rows, size)) * rng.uniform(0.1, 5, size) + rng.normal(size=size)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("pca", [None, 3, 0.9])
@pytest.mark.parametrize(("rows", "size"), [(200, 30), (30, 200)])
def test_it_is_scikit_learns_steps_to_the_bit(standardize, pca, rows, size, tmp_path):
    x, config = vectors(rows, size), SimpleNamespace(standardize=standardize, pca=pca)
    made = fit_preprocessor(config, x, seed=0)
    steps = [fit_scaler(config, [x])]
    if pca is not None:
        steps.append(fit_pca(pca, steps[0].transform(x), 0))
    expected = make_pipeline(*steps).transform(x)
    assert np.array_equal(made.transform(x), expected)
    assert made.size == expected.shape[1]
    made.write(tmp_path)
    assert np.array_equal(Preprocessor.read(tmp_path).transform(x), expected)


def test_the_vectors_stay_as_they_are_and_numbers_that_are_not_finite_are_refused():
    x = vectors(20, 4)
    before = x.copy()
    made = fit_preprocessor(SimpleNamespace(standardize=True, pca=None), x, seed=0)
    made.transform(x)
    assert np.array_equal(x, before)
    x[3, 1] = np.nan
    with pytest.raises(UserError, match=r"not finite.*features\.dtype=float32"):
        made.transform(x)
