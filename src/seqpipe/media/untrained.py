"""Samples of classes that an official split gives the test alone: no model can learn to answer them."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

FEW = 0.05
"""The share of what is judged by which it is a handful of rare classes; more is a split that is mistaken."""


def untrained_details(splits: pd.Series, strata: pd.Series | None) -> dict[Hashable, str]:
    """Why samples must go, by their index: those of val and test whose class train has nothing of, where they are few.

    Where they are many nothing goes: the run is to stop.

    Args:
        splits: The official split of each sample; missing where there is none.
        strata: Its class, with the same index; None: the task has no classes.
    """
    if strata is None or not (splits == "train").any():
        return {}
    judged = splits.isin(["val", "test"])
    lost = strata[judged & ~strata.isin(strata[splits == "train"])]
    if len(lost) > FEW * judged.sum():
        return {}
    detail = "Train has no sample of {!r}: no model can learn to answer it."
    return {index: detail.format(label) for index, label in lost.items()}
