"""How sure an answer is, and from where on it is sure enough: pure functions on arrays."""

from __future__ import annotations

import numpy as np

from seqpipe.metrics.classification import Floats, Ints

DOUBTED_SHARE = 0.05
"""Which share of right answers is taken for unsure."""


def confidences(proba: Floats, answers: Ints) -> Floats:
    """(...) the probability of each answer, of probabilities (..., K) and class indices (...); NaN of an index -1."""
    given = np.take_along_axis(proba, np.maximum(answers, 0)[..., None], axis=-1)[..., 0]
    return np.where(answers < 0, np.nan, given)


def right_confidences(proba: Floats, answers: Ints, t: Ints) -> Floats:
    """(n,) the probabilities of the answers that are right.

    Args:
        proba: (..., K), not a number where there is no step.
        answers: (...) class indices, -1 where there is no step.
        t: (...) class indices, negative where nothing is known.
    """
    right: Floats = confidences(proba, answers)[(answers == t) & (t >= 0)]
    return right


def sure_from(right: Floats) -> float | None:
    """The confidence below which an answer is doubted: the 5 % quantile of those of right answers, and one of them.

    So at most a twentieth of the right answers that it is made of are doubted, whatever the probabilities are worth,
    and of new data about as many; how many of the wrong ones depends on the model.

    Args:
        right: (n,) as ``right_confidences`` gives them.

    Returns:
        A number in 0..1; None where no answer is right.
    """
    return float(np.quantile(right, DOUBTED_SHARE, method="lower")) if len(right) else None
