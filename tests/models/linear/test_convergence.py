import logging
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqpipe.models.linear.convergence import told_if_cut_short


@pytest.mark.parametrize(("steps", "told"), [(1, 1), (500, 0)])
def test_a_solver_that_is_cut_short_is_told_in_one_sentence(caplog, recwarn, steps, told):
    rng = np.random.default_rng(0)
    with caplog.at_level(logging.INFO), told_if_cut_short("linear", steps):
        LogisticRegression(max_iter=steps).fit(rng.normal(size=(40, 5)), np.arange(40) % 3)
    assert caplog.text.count("a higher linear.max_iter") == told
    assert not recwarn.list


def test_other_warnings_are_shown():
    with pytest.warns(UserWarning, match="look"), told_if_cut_short("linear", 3):
        warnings.warn("look", UserWarning, stacklevel=1)


def test_another_trouble_is_no_lack_of_steps_and_a_failure_hides_no_warning(caplog):
    with (
        caplog.at_level(logging.INFO),
        pytest.warns(ConvergenceWarning, match="ABNORMAL"),
        pytest.raises(ValueError, match="broken"),
        told_if_cut_short("linear", 3),
    ):
        breaking()
    assert "max_iter" not in caplog.text


def breaking():
    warnings.warn("lbfgs failed to converge after 2 iteration(s): ABNORMAL", ConvergenceWarning, stacklevel=1)
    raise ValueError("broken")
