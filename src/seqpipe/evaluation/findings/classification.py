"""What the numbers say, in a sentence: said only where the data bear it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from seqpipe.evaluation.predictions import answers, class_names, confusion_counts, test_rows
from seqpipe.evaluation.results import Results
from seqpipe.metrics.classification import accuracy, macro_f1

PAIRS_SHARE = 0.8  # of the mistakes lie within pairs of classes: worth telling
PAIRS_SHOWN = 4
GROUP_LOSS = 0.05  # accuracy a group must fall short by before it is said to fail
GROUP_COST = 0.03  # macro F1 that a group alone must cost
MEAN_SIZE = 2  # samples a group: below it most groups are single files, and a mistake is no group's failure
LOST_RECALL, LOST_BELOW, LOST_SUPPORT = 2 / 3, 0.2, 5  # a class fails in a group: recall, below overall, samples
SIGNIFICANCE = 0.05  # of the binomial test, shared out among the groups (Bonferroni)


def order_contrast(leaderboard: pd.DataFrame, results: Mapping[str, Results]) -> str:
    """What reading the steps in order is worth: the best model that does against the best that does not.

    They differ only where the bootstrap intervals of their accuracies do not overlap.
    """
    readers = leaderboard[leaderboard["reads_order"].astype(bool)]
    blind = leaderboard[~leaderboard["reads_order"].astype(bool)]
    if readers.empty or blind.empty:
        kind = "is blind to" if readers.empty else "reads"
        return f"Every model of this run {kind} the order of the steps, so what order is worth is not seen."
    reader, other = readers.iloc[0], blind.iloc[0]
    reading, ignoring = _named(reader["model"], results), _named(other["model"], results)
    if reader["accuracy_low"] > other["accuracy_high"]:
        played = reader.get("accuracy_backwards", float("nan"))
        if played >= reader["accuracy_low"]:
            return (
                f"{reading} is ahead, right on {_percent(reader['accuracy'])} of the test samples against "
                f"{_percent(other['accuracy'])} of {ignoring}; but it is right on {_percent(played)} of the same clips "
                "played backwards, so it is not their order that it gains by."
            )
        return (
            f"Order matters here: {reading} reads the steps in order and is right on "
            f"{_percent(reader['accuracy'])} of the test samples; {ignoring} cannot tell a clip from the "
            f"same clip played backwards and stays at {_percent(other['accuracy'])}"
            f"{_pairs_clause(results[other['model']].predictions)}."
        )
    if other["accuracy_low"] > reader["accuracy_high"]:
        return (
            f"Reading the order does not help here: {ignoring} is blind to it and right on "
            f"{_percent(other['accuracy'])} of the test samples, {reading} reads it and is right on "
            f"{_percent(reader['accuracy'])}."
        )
    return (
        f"Order adds nothing measurable here: {reading} reads it and is right on "
        f"{_with_interval(reader)} of the test samples, {ignoring} does not and is right on "
        f"{_with_interval(other)}."
    )


def _named(model: str, results: Mapping[str, Results]) -> str:
    description = results[model].fit.get("description", "")
    return f"{model} ({description})" if description else model


def _percent(share: float) -> str:
    """Whole per cent, and never 100 % or 0 % unless it is."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    return f"{min(max(100 * share, 0.1), 99.9):.1f} %" if not 0.01 <= share <= 0.99 else f"{100 * share:.0f} %"


def _with_interval(row: pd.Series) -> str:
    return f"{_percent(row['accuracy'])} ({_percent(row['accuracy_low'])} to {_percent(row['accuracy_high'])})"


def _pairs_clause(predictions: pd.DataFrame) -> str:
    """Names the pairs of classes that are taken for each other, where nearly all mistakes lie within them."""
    rows = test_rows(predictions)
    counts = confusion_counts(rows)
    wrong = counts - np.diag(np.diag(counts))
    partner = wrong.argmax(axis=1)
    pairs = [(i, int(j)) for i, j in enumerate(partner) if i < j and partner[j] == i and wrong[i, j] and wrong[j, i]]
    within = sum(int(wrong[i, j] + wrong[j, i]) for i, j in pairs)
    if within < PAIRS_SHARE * wrong.sum():
        return ""
    names = class_names(rows)
    shown = ", ".join(f"{names[i]} / {names[j]}" for i, j in pairs[:PAIRS_SHOWN])
    more = f" and {len(pairs) - PAIRS_SHOWN} more" if len(pairs) > PAIRS_SHOWN else ""
    share = "all" if within == wrong.sum() else _percent(within / int(wrong.sum()))
    return f", {share} of its mistakes being within the pair{'s' * (len(pairs) > 1)} {shown}{more}"


def has_groups(predictions: pd.DataFrame) -> bool:
    """Whether test has two groups or more of several samples: else there is nothing to compare."""
    sizes = test_rows(predictions)["group"].value_counts()
    return int((sizes > 1).sum()) > 1 and sizes.mean() >= MEAN_SIZE


def failing_groups(predictions: pd.DataFrame, groups: pd.DataFrame) -> list[str]:
    """The groups that the model fails on, worst first, each with what is wrong; empty where none stands out.

    ``groups`` is what `group_accuracy` gave for these predictions.

    A group fails where its accuracy is below that of the other groups by more than `GROUP_LOSS` and a
    binomial test, corrected for the number of groups, agrees; or where it is below them and alone costs more
    than `GROUP_COST` of macro F1; or where it loses a class that has `LOST_SUPPORT` samples there.
    """
    rows = test_rows(predictions)
    overall, overall_f1 = accuracy(*answers(rows)), macro_f1(*answers(rows))
    sentences = []
    for group in groups.itertuples():
        failure = _failure(group, groups, overall, overall_f1)
        sentences += (
            [failure] if failure else _lost_classes(str(group.group), rows[rows["group"] == group.group], overall)
        )
    return sentences


def _lost_classes(group: str, rows: pd.DataFrame, overall: float) -> list[str]:
    """The classes that the model gets mostly wrong in a group, though it does well elsewhere."""
    sentences = []
    for label, part in rows.groupby("label"):
        right = int(part["correct"].sum())
        recall = right / len(part)
        if len(part) >= LOST_SUPPORT and recall < LOST_RECALL and recall < overall - LOST_BELOW:
            taken = part.loc[~part["correct"].astype(bool), "predicted"].mode()[0]
            sentences.append(f"{group}: only {right} of {len(part)} {label} right, mostly taken for {taken}")
    return sentences


def group_finding(model: str, predictions: pd.DataFrame, groups: pd.DataFrame, failing: list[str]) -> str:
    """Which groups the model fails on, or that none stands out: what `group_accuracy` and `failing_groups` gave."""
    if failing:
        return f"{model} fails on {'; '.join(failing)}."
    rows, worst = test_rows(predictions), groups.iloc[0]
    return (
        f"{model}: no group stands out; the lowest is {worst['group']} with {worst['accuracy']:.2f} on "
        f"{worst['n']} samples, against {accuracy(*answers(rows)):.2f} overall."
    )


def _failure(group: Any, table: pd.DataFrame, overall: float, overall_f1: float) -> str:
    """What is wrong with one row of `group_accuracy`; empty where nothing is."""
    others = table[table["group"] != group.group]
    if others.empty or group.n == 1:
        return ""
    elsewhere = float(np.average(others["accuracy"], weights=others["n"]))
    hits = round(group.accuracy * group.n)
    p_value = binomtest(hits, group.n, elsewhere, alternative="less").pvalue
    cost = group.macro_f1_without - overall_f1  # NaN where a class would be lost: then it decides nothing
    low = elsewhere - group.accuracy > GROUP_LOSS and p_value < SIGNIFICANCE / len(table)
    costly = group.accuracy < elsewhere and cost > GROUP_COST
    if not (low or costly):
        return ""
    confusion = f", {group.confusion}" if group.confusion else ""
    without = f"; without it macro F1 is {group.macro_f1_without:.2f}, not {overall_f1:.2f}" if costly else ""
    return f"{group.group}: {group.accuracy:.2f} against {overall:.2f} overall{confusion}{without}"
