"""The score of every model over what a further column of the corpus says of its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.metrics.intervals import mean_interval

MOST_VALUES = 8
"""Different values that are told one by one; of more, numbers are told by ranges, and texts by the most frequent."""
OTHERS = "others"


def parts_of(values: pd.Series) -> pd.Series:
    """What each sample is told under: its value, or of many different numbers the range that it lies in.

    Args:
        values: A column, by the sample's id; texts that are all numbers are numbers.

    Returns:
        A categorical of the same index, its categories in the order in which they are told, of numbers an ordered one;
        empty cells are in none.
    """
    filled = values.where(values.notna() & (values.astype(str) != ""))
    numbers = pd.to_numeric(filled, errors="coerce")
    if numbers.isna().equals(filled.isna()):
        return _of_numbers(numbers)
    texts = filled.where(filled.isna(), filled.astype(str))
    frequent = texts.value_counts().index[:MOST_VALUES].sort_values()
    told = texts.where(texts.isin(frequent) | texts.isna(), OTHERS)
    order = [*frequent, *([OTHERS] if (told == OTHERS).any() and OTHERS not in frequent else [])]
    return pd.Series(pd.Categorical(told, order), values.index)


def _of_numbers(numbers: pd.Series) -> pd.Series:
    if numbers.nunique() <= MOST_VALUES:
        order = sorted(numbers.dropna().unique())
        return pd.Series(pd.Categorical(numbers, order, ordered=True), numbers.index).cat.rename_categories(
            _names(order)
        )
    bins = pd.qcut(numbers.rank(method="dense"), MOST_VALUES - 2, duplicates="drop")
    ranges = numbers.groupby(bins, observed=True).agg(["min", "max"])
    ends = _names([*ranges["min"], *ranges["max"]])
    names = [
        f"{low}–{high}" if low != high else low
        for low, high in zip(ends[: len(ranges)], ends[len(ranges) :], strict=True)
    ]
    return bins.cat.remove_unused_categories().cat.rename_categories(names)


def _names(numbers: Sequence[float]) -> list[str]:
    """What numbers are called: whole ones as they are, others by six digits unless different ones would be alike."""
    exact = [str(number + 0).removesuffix(".0") for number in numbers]
    short = [name if float(one).is_integer() else f"{one:g}" for one, name in zip(numbers, exact, strict=True)]
    return short if len(set(short)) == len(set(exact)) else exact


def scores_by(
    predictions: Mapping[str, pd.DataFrame], values: pd.Series, config: EvaluationConfig, seed: int
) -> pd.DataFrame:
    """The accuracy of every model on the test samples under each part of a column, with its interval over groups.

    Args:
        predictions: By the model's name, tables with the columns id, split, group, correct (or another score of each).
        values: The column, by the sample's id.

    Returns:
        model, part, samples, accuracy, accuracy_low, accuracy_high; a row a model and part that test has samples of.
    """
    parts, rows = parts_of(values), []
    for model, table in predictions.items():
        test = table[table["split"] == "test"]
        of = parts.reindex(test["id"]).array
        for part in parts.cat.categories:
            own = test[np.asarray(of == part)]
            if len(own):
                between = mean_interval(own["correct"], own["group"], config.bootstrap, config.confidence, seed)
                rows.append((model, part, len(own), float(own["correct"].mean()), *between))
    return pd.DataFrame(rows, columns=["model", "part", "samples", "accuracy", "accuracy_low", "accuracy_high"])
