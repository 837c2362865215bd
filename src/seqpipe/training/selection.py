"""How the best of several trained models is chosen: always on val, and never by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

Better = Literal["higher", "lower"]
BY_CLASSES: dict[str, Better] = {"macro_f1": "higher", "log_loss": "lower"}
"""What classes are chosen by."""


def best_trial(trials: pd.DataFrame, by: Mapping[str, Better] = BY_CLASSES) -> int:
    """The row of a search that is best on val: by the first of these scores, then the next, then the earliest."""
    keys, ascending = [f"val_{name}" for name in by], [better == "lower" for better in by.values()]
    return int(trials.sort_values(keys, ascending=ascending, kind="stable").index[0])


def best_by_val(grid: pd.DataFrame) -> pd.Series | None:
    """The row with the highest accuracy on val; of equals the one with the fewest trained parameters.

    Then the highest macro F1 on val, the lowest log loss there, the first. None of none.
    """
    if grid.empty:
        return None
    keys = {"val_accuracy": False, "trainable_parameters": True, "val_macro_f1": False, "val_log_loss": True}
    return grid.sort_values(list(keys), ascending=list(keys.values()), kind="stable").iloc[0]
