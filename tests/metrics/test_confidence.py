"""From which confidence on answers are sure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqpipe.metrics.confidence import DOUBTED_SHARE, confidences, right_confidences, sure_from


@given(hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(0.5, 1.0)), st.integers(0, 10))
def test_at_most_a_twentieth_of_the_right_answers_is_doubted(p, wrong):
    proba = np.stack([p, 1 - p], axis=1)
    answers, t = np.zeros(len(p), int), np.zeros(len(p), int)
    t[:wrong] = 1
    threshold = sure_from(right_confidences(proba, answers, t))
    if wrong >= len(p):
        assert threshold is None
    else:
        right = p[wrong:]
        assert threshold in right
        assert (right < threshold).mean() <= DOUBTED_SHARE


def test_steps_that_are_not_there_or_not_labelled_say_nothing():
    proba = np.array([[[0.9, 0.1], [0.6, 0.4], [np.nan, np.nan]]])
    answers, t = np.array([[0, 0, -1]]), np.array([[0, -100, -100]])
    assert sure_from(right_confidences(proba, answers, t)) == pytest.approx(0.9)
    np.testing.assert_array_equal(confidences(proba, answers), [[0.9, 0.6, np.nan]])
