"""How the best of several trained models is chosen: always on val, and never by the clock."""

from __future__ import annotations

import pandas as pd


def best_trial(trials: pd.DataFrame) -> int:
    """The row of a search with the highest ``val_macro_f1``, then the lowest ``val_log_loss``, then the first."""
    order = trials.sort_values(["val_macro_f1", "val_log_loss"], ascending=[False, True], kind="stable")
    return int(order.index[0])


def best_by_val(grid: pd.DataFrame) -> pd.Series | None:
    """The row with the highest accuracy on val; of equals the one with the fewest trained parameters.

    Then the highest macro F1 on val, the lowest log loss there, the first. None of none.
    """
    if grid.empty:
        return None
    keys = {"val_accuracy": False, "trainable_parameters": True, "val_macro_f1": False, "val_log_loss": True}
    return grid.sort_values(list(keys), ascending=list(keys.values()), kind="stable").iloc[0]
