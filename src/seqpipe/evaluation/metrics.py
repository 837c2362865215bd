"""How right a model is on the test split, and how sure one may be of that.

Everything here reads one table of predictions (``predictions_table``) and looks at its ``test`` rows alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import log_loss

from seqpipe.config import EvaluationConfig

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PROBABILITY = "p_"
RESAMPLES_AT_ONCE = 4_000_000  # drawn indices held in memory at once: 32 MB however many groups there are


def predictions_table(
    ids: Sequence[str],
    splits: Sequence[str],
    groups: Sequence[str | None],
    t: npt.ArrayLike,
    proba: npt.ArrayLike,
    class_names: Sequence[str],
) -> pd.DataFrame:
    """One row a sample: what it is, what the model says, and how sure it is.

    Args:
        ids, splits, groups: (N,) each; a sample without a group is a group of its own.
        t: (N,) class indices, 0..K-1.
        proba: (N, K) probabilities; rows are divided by their sum, which float32 leaves a little off 1.
        class_names: (K,) in the order of ``proba``'s columns.

    Returns:
        Columns id, split, group, label, predicted, correct, confidence and ``p_<class>`` for each class.

    Raises:
        ValueError: the shapes disagree, or ``proba`` holds something that is no probability.
    """
    names = np.asarray([str(name) for name in class_names], dtype=object)
    p = _probabilities(proba, n=len(ids), k=len(names))
    truth = np.asarray(t, dtype=np.int64)
    if truth.shape != (len(ids),) or (len(ids) and not 0 <= truth.min() <= truth.max() < len(names)):
        raise ValueError(f"expected {len(ids)} class indices in 0..{len(names) - 1}, got shape {truth.shape}")
    predicted = p.argmax(axis=1)
    owners = pd.Series(list(groups), dtype=object)
    head = pd.DataFrame(
        {
            "id": list(ids),
            "split": list(splits),
            "group": owners.where(owners.notna(), pd.Series(list(ids), dtype=object)).astype(str),
            "label": names[truth],
            "predicted": names[predicted],
            "correct": predicted == truth,
            "confidence": p.max(axis=1),
        }
    )
    return head.join(pd.DataFrame(p, columns=[PROBABILITY + name for name in names]))


def _probabilities(proba: npt.ArrayLike, n: int, k: int) -> Floats:
    p = np.asarray(proba, dtype=np.float64)
    if p.shape != (n, k):
        raise ValueError(f"expected probabilities of shape ({n}, {k}), got {p.shape}")
    total = p.sum(axis=1, keepdims=True)
    if not (np.isfinite(p).all() and (p >= 0).all() and np.allclose(total, 1.0, atol=1e-3)):
        raise ValueError("expected rows of finite probabilities that sum to 1")
    return p / total


def class_names(predictions: pd.DataFrame) -> list[str]:
    """The K classes, in the order of the probability columns; also those that no test sample has."""
    return [c.removeprefix(PROBABILITY) for c in predictions.columns if c.startswith(PROBABILITY)]


def test_rows(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows of the test split.

    Raises:
        ValueError: there are none.
    """
    rows = predictions[predictions["split"] == "test"]
    if rows.empty:
        raise ValueError("the predictions have no row of the test split")
    return rows


def probabilities(predictions: pd.DataFrame) -> Floats:
    """(N, K) probabilities of a table of predictions."""
    return predictions[[PROBABILITY + c for c in class_names(predictions)]].to_numpy(np.float64)


def class_indices(labels: pd.Series, classes: Sequence[str]) -> Ints:
    """(N,) index of each label among ``classes``."""
    return pd.Index(list(classes)).get_indexer(pd.Index(labels.astype(str))).astype(np.int64)


def confusion_counts(predictions: pd.DataFrame) -> Ints:
    """(K, K) counts: row is the true class, column the predicted one."""
    classes = class_names(predictions)
    truth = class_indices(predictions["label"], classes)
    predicted = class_indices(predictions["predicted"], classes)
    k = len(classes)
    return np.bincount(truth * k + predicted, minlength=k * k).reshape(k, k)


def test_metrics(predictions: pd.DataFrame, config: EvaluationConfig, seed: int) -> dict[str, float]:
    """What the test split says, as one flat dictionary.

    ``chance`` is the share of the most frequent test class: what always answering it would reach.
    ``top5`` is there where K > 5. ``accuracy_low`` and ``accuracy_high``: see `accuracy_interval`.

    Classes that no test sample has: ``support/<class>`` is 0 and there is no precision, recall or F1 of it,
    since there is nothing to measure. ``balanced_accuracy`` averages the recall over the classes that are
    in test; ``macro_f1`` averages F1 over those in test or predicted there (a class only predicted counts 0).
    Both as scikit-learn has it. A class in test that is never predicted has precision 0.
    """
    rows = test_rows(predictions)
    counts = confusion_counts(rows)
    support = counts.sum(axis=1)
    correct = rows["correct"].to_numpy(bool)
    low, high = accuracy_interval(correct, rows["group"], config.bootstrap, config.confidence, seed)
    metrics = {
        **split_metrics(rows),
        "n_test": float(len(rows)),
        "n_groups": float(rows["group"].nunique()),
        "accuracy_low": low,
        "accuracy_high": high,
        "chance": float(support.max() / support.sum()),
        "balanced_accuracy": float(np.mean(np.diag(counts)[support > 0] / support[support > 0])),
        **_probability_metrics(rows, config.calibration_bins),
    }
    return metrics | _class_metrics(counts, class_names(rows))


def split_metrics(rows: pd.DataFrame) -> dict[str, float]:
    """``accuracy``, ``macro_f1`` and ``log_loss`` of a table of predictions whatever its split; NaN of no rows."""
    if rows.empty:
        return dict.fromkeys(("accuracy", "macro_f1", "log_loss"), float("nan"))
    classes, p = class_names(rows), probabilities(rows)
    truth = class_indices(rows["label"], classes)
    return {
        "accuracy": float(rows["correct"].mean()),
        "macro_f1": macro_f1(confusion_counts(rows)),
        "log_loss": float(log_loss(truth, p, labels=np.arange(len(classes)))),
    }


def _probability_metrics(rows: pd.DataFrame, bins: int) -> dict[str, float]:
    classes, p = class_names(rows), probabilities(rows)
    truth = class_indices(rows["label"], classes)
    top5 = {"top5": top_k_accuracy(truth, p, 5)} if len(classes) > 5 else {}
    return top5 | {"ece": expected_calibration_error(rows["confidence"], rows["correct"], bins)}


def _class_metrics(counts: Ints, classes: Sequence[str]) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for i, name in enumerate(classes):
        hits, support, predicted = counts[i, i], counts[i].sum(), counts[:, i].sum()
        if support:
            metrics[f"precision/{name}"] = float(hits / max(predicted, 1))
            metrics[f"recall/{name}"] = float(hits / support)
            metrics[f"f1/{name}"] = float(2 * hits / (support + predicted))
        metrics[f"support/{name}"] = float(support)
    return metrics


def macro_f1(counts: Ints) -> float:
    """Mean F1 over the classes that are in the (K, K) counts, as truth or as prediction."""
    either = counts.sum(axis=0) + counts.sum(axis=1)
    return float(np.mean(2 * np.diag(counts)[either > 0] / either[either > 0]))


def top_k_accuracy(truth: Ints, proba: Floats, k: int) -> float:
    """Share of the samples whose class is among the ``k`` most probable; of equals the first counts."""
    best = np.argsort(-proba, axis=1, kind="stable")[:, :k]
    return float((best == truth[:, None]).any(axis=1).mean())


def accuracy_interval(
    correct: npt.ArrayLike, groups: Sequence[str] | pd.Series, resamples: int, confidence: float, seed: int
) -> tuple[float, float]:
    """Percentile bootstrap interval of the accuracy, over groups (Efron 1979; a cluster bootstrap).

    Samples of one group (a scene, a subject) resemble each other, so whole groups are drawn with replacement.
    With a single group there is nothing to draw from: its samples are drawn instead, and the interval says
    nothing about other groups. The interval always holds the accuracy itself, and it has no width where
    every sample is right (or wrong).
    """
    hits = np.asarray(correct, dtype=np.float64)
    owner = pd.factorize(np.asarray(groups))[0]
    if owner.max(initial=0) == 0:
        owner = np.arange(len(hits))
    right = np.bincount(owner, weights=hits)
    size = np.bincount(owner)
    drawn = _resampled_accuracies(right, size, resamples, np.random.default_rng(seed))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    accuracy = float(hits.mean())
    return min(float(low), accuracy), max(float(high), accuracy)


def _resampled_accuracies(
    right: npt.NDArray[Any], size: npt.NDArray[Any], resamples: int, rng: np.random.Generator
) -> Floats:
    """(resamples,) accuracies, each over as many groups as there are, drawn with replacement."""
    n_groups = len(size)
    at_once = max(1, RESAMPLES_AT_ONCE // n_groups)
    parts = []
    for start in range(0, resamples, at_once):
        drawn = rng.integers(n_groups, size=(min(at_once, resamples - start), n_groups))
        parts.append(right[drawn].sum(axis=1) / size[drawn].sum(axis=1))
    return np.concatenate(parts)


def calibration_table(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int) -> pd.DataFrame:
    """Confidence against accuracy in ``bins`` bins of equal width over 0..1, the last one closed.

    Returns:
        Columns low, high, n, confidence, accuracy (NaN where the bin is empty), one row a bin.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    hits = np.asarray(correct, dtype=np.float64)
    place = np.clip((sure * bins).astype(np.int64), 0, bins - 1)
    n = np.bincount(place, minlength=bins)
    filled = np.where(n > 0, n, np.nan)
    edges = np.linspace(0.0, 1.0, bins + 1)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "confidence": np.bincount(place, weights=sure, minlength=bins) / filled,
            "accuracy": np.bincount(place, weights=hits, minlength=bins) / filled,
        }
    )


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int) -> float:
    """Mean distance of confidence and accuracy, weighted by the bins' counts (Guo et al. 2017, eq. 3)."""
    table = calibration_table(confidence, correct, bins)
    gap = (table["confidence"] - table["accuracy"]).abs() * table["n"]
    return float(gap.sum() / table["n"].sum())


def group_accuracy(predictions: pd.DataFrame) -> pd.DataFrame:
    """Which group (camera, subject) the model fails on: the test rows group by group, worst first.

    Returns:
        Columns group, n, accuracy, macro_f1, macro_f1_without (of all the other groups together: what
        the group costs; NaN where a class would be lost with it) and confusion (the most frequent one,
        ``[most often] <label> as <predicted> (<count> of <all> mistakes)``; empty where there is none).
    """
    rows = test_rows(predictions)
    total = confusion_counts(rows)
    table = pd.DataFrame([_group_row(str(name), part, total) for name, part in rows.groupby("group")])
    return table.sort_values(["accuracy", "macro_f1", "group"], ignore_index=True)


def _group_row(name: str, rows: pd.DataFrame, total: Ints) -> dict[str, object]:
    counts = confusion_counts(rows)
    others = total - counts
    class_lost = bool(((total.sum(axis=1) > 0) & (others.sum(axis=1) == 0)).any())
    return {
        "group": name,
        "n": len(rows),
        "accuracy": float(rows["correct"].mean()),
        "macro_f1": macro_f1(counts),
        "macro_f1_without": float("nan") if class_lost else macro_f1(others),
        "confusion": _most_frequent_confusion(counts, class_names(rows)),
    }


def _most_frequent_confusion(counts: Ints, classes: Sequence[str]) -> str:
    wrong = counts - np.diag(np.diag(counts))
    i, j = divmod(int(wrong.argmax()), len(classes))
    if not wrong[i, j]:
        return ""
    often = "most often " if wrong[i, j] < wrong.sum() else ""
    return f"{often}{classes[i]} as {classes[j]} ({wrong[i, j]} of {wrong.sum()} mistakes)"
