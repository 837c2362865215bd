"""Scores from arrays are those of scikit-learn's estimators, to the bit."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC

from seqpipe.models.linear.scorers import LinearScorer, RbfScorer


def data(classes):
    rng = np.random.default_rng(classes)
    t = np.arange(90) % classes
    return rng.normal(size=(classes, 20))[t] + rng.normal(size=(90, 20)), t


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("estimator", [LinearSVC(), LogisticRegression()])
def test_linear_scores_are_scikit_learns(estimator, classes, tmp_path):
    x, t = data(classes)
    fitted = estimator.fit(x, t)
    scorer = LinearScorer.of(fitted.coef_, fitted.intercept_, fitted.classes_)
    assert np.array_equal(scorer(x), fitted.decision_function(x))
    scorer.write(tmp_path)
    read = LinearScorer.read(tmp_path)
    assert np.array_equal(read(x), scorer(x))
    assert np.array_equal(read.classes, fitted.classes_)
    assert read.parameters == (classes if classes > 2 else 1) * 21


@pytest.mark.parametrize("classes", [2, 5])
def test_an_rbf_svm_that_is_read_scores_as_the_fitted_one(classes, tmp_path):
    x, t = data(classes)
    fitted = SVC(gamma=0.01).fit(x, t + 3)  # classes are those of train, whatever their numbers
    scorer = RbfScorer(fitted)
    scorer.write(tmp_path)
    read = RbfScorer.read(tmp_path)
    assert np.array_equal(read(x), fitted.decision_function(x))
    assert np.array_equal(read.classes, fitted.classes_)
    assert read.parameters == scorer.parameters > 0
