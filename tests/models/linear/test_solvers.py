"""The torch solvers find scikit-learn's solutions."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from seqpipe.models.linear import solvers
from seqpipe.models.linear.solvers import fit_linear_svm, fit_multinomial

CPU = torch.device("cpu")


def data(n_classes):
    rng = np.random.default_rng(3)
    t = np.arange(120) % n_classes
    return rng.normal(size=(n_classes, 10))[t] + rng.normal(size=(120, 10)), t


@pytest.mark.parametrize("widest", [0, solvers.WIDEST_HESSIAN])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_linear_svm_is_scikit_learns(n_classes, C, widest, monkeypatch):
    """By L-BFGS as by Newton steps."""
    monkeypatch.setattr(solvers, "WIDEST_HESSIAN", widest)
    x, t = data(n_classes)
    coef, intercept = fit_linear_svm(x, t, n_classes, C, 1000, CPU)
    reference = LinearSVC(C=C, dual=False, tol=1e-10, max_iter=100_000).fit(x, t)
    np.testing.assert_allclose(coef, reference.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(intercept, reference.intercept_, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("solve", [fit_linear_svm, fit_multinomial])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_what_is_found_lies_row_by_row_as_it_is_saved(solve, n_classes):
    """Else the model read from disk multiplies in another order."""
    x, t = data(n_classes)
    assert all(found.flags.c_contiguous for found in solve(x, t, n_classes, 1.0, 100, CPU))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_multinomial_is_scikit_learns(n_classes, C):
    x, t = data(n_classes)
    coef, intercept = fit_multinomial(x, t, n_classes, C, 1000, CPU)
    reference = LogisticRegression(C=C, tol=1e-10, max_iter=100_000).fit(x, t)
    np.testing.assert_allclose(coef, reference.coef_, rtol=1e-3, atol=1e-4)
    ours, theirs = x @ coef.T + intercept, reference.decision_function(x).reshape(len(x), -1)
    if n_classes > 2:  # scores that differ by a constant are the same model
        ours, theirs = ours - ours.mean(1, keepdims=True), theirs - theirs.mean(1, keepdims=True)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)
