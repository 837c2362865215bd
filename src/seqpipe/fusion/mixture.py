"""The weighted mean of two models' probabilities, and the weight that val chooses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from seqpipe.evaluation.predictions import PROBABILITY, class_names, probabilities, split_metrics
from seqpipe.fusion.answers import WHO

LRCN = 1 / 3
"""What Donahue et al. (CVPR 2015) give to the frames, and the rest to the flow."""
FIXED: Mapping[str, float] = {"half and half": 0.5, "a third and two thirds": LRCN}
"""Weights of the first that nothing was chosen for."""
SAME = 1e-12
"""Scores on val that differ by less are equal: sums of floats in another order."""
LOWER_IS_BETTER = {"log_loss"}


def mixed(first: pd.DataFrame, second: pd.DataFrame, weight: float) -> pd.DataFrame:
    """The table of w p_1 + (1 - w) p_2, with the most probable class as the answer.

    Args:
        first, second: Two models' tables of predictions, of the same samples and classes in one order.
        weight: w, of the first; within 0..1.

    Returns:
        id, split, group, label, predicted, correct, confidence and ``p_<class>``.
    """
    p = weight * probabilities(first) + (1.0 - weight) * probabilities(second)
    names = np.asarray(class_names(first), object)
    predicted = names[p.argmax(axis=1)]
    head = first[WHO].assign(predicted=predicted, correct=first["label"] == predicted, confidence=p.max(axis=1))
    return head.join(pd.DataFrame(p, columns=[PROBABILITY + name for name in names], index=first.index))


def weights_table(first: pd.DataFrame, second: pd.DataFrame, steps: int) -> pd.DataFrame:
    """What val says of each weight of the first: a row each from 0 to 1, with accuracy, macro F1 and log loss.

    Arguments as of ``mixed``, of val; ``steps`` is how many steps lie between 0 and 1.
    """
    tried = [step / steps for step in range(steps + 1)]
    return pd.DataFrame([{"weight": w, **split_metrics(mixed(first, second, w))} for w in tried])


def chosen_weight(weights: pd.DataFrame, choose_by: str) -> float:
    """The weight with the best score on val; of equals the one nearest to a half, and of two such the smaller."""
    scores = weights[choose_by] if choose_by in LOWER_IS_BETTER else -weights[choose_by]
    best = weights["weight"][scores <= scores.min() + SAME]
    return float(best.iloc[(best - 0.5).abs().argsort(kind="stable").iloc[0]])
