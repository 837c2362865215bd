"""The table of predictions, and what the metrics of `seqpipe.metrics` say of its test split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.metrics import classification, intervals

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PROBABILITY = "p_"
BACKWARDS = "predicted_backwards"
"""A column of the predictions of models that read order: their answers to the same clips played backwards."""


def predictions_table(
    ids: Sequence[str],
    splits: Sequence[str],
    groups: Sequence[str | None],
    t: npt.ArrayLike,
    proba: npt.ArrayLike,
    class_names: Sequence[str],
    answers: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """One row a sample: what it is, what the model says, and how sure it is.

    Args:
        ids, splits, groups: (N,) each; a sample without a group is a group of its own.
        t: (N,) class indices, 0..K-1.
        proba: (N, K) probabilities; rows are divided by their sum, which float32 leaves a little off 1.
        class_names: (K,) in the order of ``proba``'s columns.
        answers: (N,) class indices, what the task makes of the probabilities; None: the most probable classes.

    Returns:
        Columns id, split, group, label, predicted, correct, confidence (the probability of the answer) and
        ``p_<class>`` for each class.

    Raises:
        ValueError: the shapes disagree, or ``proba`` holds something that is no probability.
    """
    names = np.asarray([str(name) for name in class_names], dtype=object)
    p = classification.probabilities(proba, n=len(ids), k=len(names))
    truth = _indices(t, len(ids), len(names))
    predicted = p.argmax(axis=1) if answers is None else _indices(answers, len(ids), len(names))
    owners = pd.Series(list(groups), dtype=object)
    head = pd.DataFrame(
        {
            "id": list(ids),
            "split": list(splits),
            "group": owners.where(owners.notna(), pd.Series(list(ids), dtype=object)).astype(str),
            "label": names[truth],
            "predicted": names[predicted],
            "correct": predicted == truth,
            "confidence": p[np.arange(len(p)), predicted],
        }
    )
    return head.join(pd.DataFrame(p, columns=[PROBABILITY + name for name in names]))


def _indices(t: npt.ArrayLike, n: int, k: int) -> Ints:
    """(n,) class indices in 0..k-1; raises a ValueError where they are not."""
    indices = np.asarray(t, dtype=np.int64)
    if indices.shape != (n,) or (n and not 0 <= indices.min() <= indices.max() < k):
        raise ValueError(f"expected {n} class indices in 0..{k - 1}, got shape {indices.shape}")
    return indices


def with_backwards(predictions: pd.DataFrame, answers: npt.ArrayLike) -> pd.DataFrame:
    """The table with ``predicted_backwards``: the answers, (N,) class indices, to the same clips played backwards."""
    words = np.asarray(class_names(predictions), dtype=object)
    return predictions.assign(**{BACKWARDS: words[np.asarray(answers)]})


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


def answers(predictions: pd.DataFrame) -> tuple[Ints, Ints]:
    """(N,) true and (N,) predicted class indices of a table of predictions."""
    classes = class_names(predictions)
    return class_indices(predictions["label"], classes), class_indices(predictions["predicted"], classes)


def confusion_counts(predictions: pd.DataFrame) -> Ints:
    """(K, K) counts: row is the true class, column the predicted one."""
    return classification.confusion_counts(*answers(predictions), len(class_names(predictions)))


def test_metrics(predictions: pd.DataFrame, config: EvaluationConfig, seed: int) -> dict[str, float]:
    """What the test split says, as one flat dictionary; each number as `seqpipe.metrics` defines it.

    ``chance`` is the share of the most frequent test class: what always answering it would reach.
    ``top5`` is there where K > 5. ``accuracy_low`` and ``accuracy_high``: the bootstrap interval over groups.

    Classes that no test sample has: ``support/<class>`` is 0 and there is no precision, recall or F1 of it,
    since there is nothing to measure; ``macro_f1`` and ``balanced_accuracy`` are means over the classes that are in
    test. A class in test that is never predicted has precision 0.
    """
    rows = test_rows(predictions)
    t, predicted = answers(rows)
    low, high = intervals.mean_interval(rows["correct"], rows["group"], config.bootstrap, config.confidence, seed)
    metrics = {
        **split_metrics(rows),
        "n_test": float(len(rows)),
        "n_groups": float(rows["group"].nunique()),
        "accuracy_low": low,
        "accuracy_high": high,
        "chance": classification.chance(t),
        "balanced_accuracy": classification.balanced_accuracy(t, predicted),
        **_probability_metrics(rows, config.calibration_bins),
    }
    return metrics | _class_metrics(t, predicted, class_names(rows))


def accuracy_backwards(predictions: pd.DataFrame) -> float:
    """The accuracy of the test clips played backwards, of a table `with_backwards`."""
    rows = test_rows(predictions)
    return classification.accuracy(answers(rows)[0], class_indices(rows[BACKWARDS], class_names(rows)))


def split_metrics(rows: pd.DataFrame) -> dict[str, float]:
    """``accuracy``, ``macro_f1`` and ``log_loss`` of a table of predictions whatever its split; NaN of no rows."""
    return classification.split_scores(answers(rows)[0], probabilities(rows))


def _probability_metrics(rows: pd.DataFrame, bins: int) -> dict[str, float]:
    t, p = answers(rows)[0], probabilities(rows)
    top5 = {"top5": classification.top_k_accuracy(t, p, 5)} if p.shape[1] > 5 else {}
    return top5 | {"ece": classification.expected_calibration_error(rows["confidence"], rows["correct"], bins)}


def _class_metrics(t: Ints, predicted: Ints, classes: Sequence[str]) -> dict[str, float]:
    metrics: dict[str, float] = {}
    scores = classification.class_scores(t, predicted, len(classes))
    for name, precision, recall, f1, support in zip(classes, *scores, strict=True):
        if support:
            metrics |= {f"precision/{name}": float(precision), f"recall/{name}": float(recall), f"f1/{name}": float(f1)}
        metrics[f"support/{name}"] = float(support)
    return metrics


def group_accuracy(predictions: pd.DataFrame) -> pd.DataFrame:
    """Which group (camera, subject) the model fails on: the test rows group by group, worst first.

    Returns:
        Columns group, n, accuracy, macro_f1, macro_f1_without (of all the other groups together: what
        the group costs; NaN where a class would be lost with it) and confusion (the most frequent one,
        ``[most often] <label> as <predicted> (<count> of <all> mistakes)``; empty where there is none).
    """
    rows = test_rows(predictions)
    parts = rows.groupby("group")
    table = pd.DataFrame([_group_row(str(name), part, rows[rows["group"] != name]) for name, part in parts])
    return table.sort_values(["accuracy", "macro_f1", "group"], ignore_index=True)


def _group_row(name: str, rows: pd.DataFrame, others: pd.DataFrame) -> dict[str, object]:
    class_lost = not set(rows["label"]) <= set(others["label"])
    return {
        "group": name,
        "n": len(rows),
        "accuracy": classification.accuracy(*answers(rows)),
        "macro_f1": classification.macro_f1(*answers(rows)),
        "macro_f1_without": float("nan") if class_lost else classification.macro_f1(*answers(others)),
        "confusion": _most_frequent_confusion(confusion_counts(rows), class_names(rows)),
    }


def _most_frequent_confusion(counts: Ints, classes: Sequence[str]) -> str:
    wrong = counts - np.diag(np.diag(counts))
    i, j = divmod(int(wrong.argmax()), len(classes))
    if not wrong[i, j]:
        return ""
    often = "most often " if wrong[i, j] < wrong.sum() else ""
    return f"{often}{classes[i]} as {classes[j]} ({wrong[i, j]} of {wrong.sum()} mistakes)"
