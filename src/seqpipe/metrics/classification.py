"""How right the answers of a classification are, and how sure: pure functions on arrays.

The one definition of each, for the search on val, the judgement on test, the comparison and the report: scikit-learn's
wherever it has one. Everywhere ``t`` and ``predicted`` are (N,) class indices in 0..K-1 with N >= 1, and ``proba`` is
(N, K), as `probabilities` leaves it. Classes that no sample has are neither right nor wrong: no mean counts them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPLIT_SCORES = ("accuracy", "macro_f1", "log_loss")


def probabilities(proba: npt.ArrayLike, n: int, k: int) -> Floats:
    """(n, k) float64 whose rows sum to 1: they are divided by their sum, which float32 leaves a little off 1.

    Raises:
        ValueError: the shape is another, or there is something that is no probability.
    """
    p = np.asarray(proba, dtype=np.float64)
    if p.shape != (n, k):
        raise ValueError(f"expected probabilities of shape ({n}, {k}), got {p.shape}")
    total = p.sum(axis=1, keepdims=True)
    if not (np.isfinite(p).all() and (p >= 0).all() and np.allclose(total, 1.0, atol=1e-3)):
        raise ValueError("expected rows of finite probabilities that sum to 1")
    return p / total


def split_scores(t: Ints, proba: Floats) -> dict[str, float]:
    """``accuracy``, ``macro_f1`` and ``log_loss`` of the most probable classes; NaN where there are no samples."""
    if not len(t):
        return dict.fromkeys(SPLIT_SCORES, float("nan"))
    predicted = proba.argmax(axis=1)
    return {
        "accuracy": accuracy(t, predicted),
        "macro_f1": macro_f1(t, predicted),
        "log_loss": log_loss(t, proba),
    }


def accuracy(t: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Share of the samples that are right."""
    return float(sk.accuracy_score(t, predicted))


def macro_f1(t: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Mean F1 over the classes that are in the truth: ``sklearn.metrics.f1_score(average="macro", labels=unique(t))``.

    A class that is only predicted is no class of these samples. Its samples are missing from the recall of their own
    class already, so it does not count as one more class with F1 0, as it would by scikit-learn's default labels; nor
    does one that is neither true nor predicted. So it is the mean of the F1 in the table by class, over the same
    classes as `balanced_accuracy`.
    """
    return float(sk.f1_score(t, predicted, average="macro", labels=np.unique(t), zero_division=0))


def balanced_accuracy(t: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Mean recall over the classes that are in the truth."""
    return float(sk.recall_score(t, predicted, average="macro", labels=np.unique(t), zero_division=0))


def log_loss(t: npt.ArrayLike, proba: Floats) -> float:
    """Mean of -log p of the true class, in nats."""
    return float(sk.log_loss(t, proba, labels=np.arange(proba.shape[1])))


def chance(t: npt.ArrayLike) -> float:
    """Share of the commonest class: the accuracy of always answering it."""
    return float(np.bincount(np.asarray(t)).max() / np.size(t))


def top_k_accuracy(t: Ints, proba: Floats, k: int) -> float:
    """Share of the samples whose class is among the ``k`` most probable.

    Of equals the first counts, as for ``argmax``, by which everything else here goes; scikit-learn's takes the last,
    which matters where a softmax has run into zeros.
    """
    best = np.argsort(-proba, axis=1, kind="stable")[:, :k]
    return float((best == t[:, None]).any(axis=1).mean())


class ClassScores(NamedTuple):
    """(K,) each; a class that no sample has is 0 in all of them, and was not measured."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: Ints


def class_scores(t: npt.ArrayLike, predicted: npt.ArrayLike, k: int) -> ClassScores:
    """Precision, recall, F1 and support of each of the K classes; the precision of one never predicted is 0."""
    scores: Any = sk.precision_recall_fscore_support(t, predicted, labels=np.arange(k), zero_division=0)
    precision, recall, f1, support = scores
    there = support > 0
    return ClassScores(precision * there, recall * there, f1 * there, support.astype(np.int64))


def confusion_counts(t: npt.ArrayLike, predicted: npt.ArrayLike, k: int) -> Ints:
    """(K, K) counts: row is the true class, column the predicted one."""
    return sk.confusion_matrix(t, predicted, labels=np.arange(k)).astype(np.int64)


class CalibrationBins(NamedTuple):
    """(bins,) each: the bin's edges, samples, mean confidence and accuracy (NaN where it is empty)."""

    low: Floats
    high: Floats
    n: Ints
    confidence: Floats
    accuracy: Floats


def calibration_bins(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int) -> CalibrationBins:
    """Confidence against accuracy in ``bins`` bins of equal width over 0..1, the last one closed.

    Args:
        confidence: (N,) probability of the answer given.
        correct: (N,) whether it is right.
        bins: how many, at least 1.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    hits = np.asarray(correct, dtype=np.float64)
    place = np.clip((sure * bins).astype(np.int64), 0, bins - 1)
    n = np.bincount(place, minlength=bins)
    filled = np.where(n > 0, n, np.nan)
    edges = np.linspace(0.0, 1.0, bins + 1)
    confidences = np.bincount(place, weights=sure, minlength=bins) / filled
    accuracies = np.bincount(place, weights=hits, minlength=bins) / filled
    return CalibrationBins(edges[:-1], edges[1:], n, confidences, accuracies)


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int) -> float:
    """Mean distance of confidence and accuracy, weighted by the bins' counts (Guo et al. 2017, eq. 3)."""
    of = calibration_bins(confidence, correct, bins)
    return float(np.nansum(np.abs(of.confidence - of.accuracy) * of.n) / of.n.sum())
