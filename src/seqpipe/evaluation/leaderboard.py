"""All models of a run in one table, best first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.config import flat
from seqpipe.evaluation.results import Results

FIRST = ["n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1"]
THEN = [
    "edit",
    "f1_10",
    "f1_25",
    "f1_50",
    "balanced_accuracy",
    "log_loss",
    "ece",
    "top5",
    "accuracy_backwards",
    "chance",
    "n_groups",
]
COUNTS = ["n_test", "n_groups"]


def leaderboard(results: Mapping[str, Results]) -> pd.DataFrame:
    """One row a model, best first by accuracy, then macro F1, then name.

    Args:
        results: by the model's name; of ``fit`` it takes fit_seconds, device, parameters (all), chosen (those
            that a search chose; optional), reads_order, val_accuracy.

    Returns:
        Columns model, n_test, accuracy, accuracy_low, accuracy_high, macro_f1, fit_seconds, of labels by frame edit,
        f1_10, f1_25 and f1_50,
        balanced_accuracy, log_loss, ece, top5 (where K > 5), chance, n_groups, val_accuracy, parameters
        (as text), device and reads_order.
    """
    table = pd.DataFrame([_row(name, of.metrics, of.fit) for name, of in results.items()])
    return table.sort_values(["accuracy", "macro_f1", "model"], ascending=[False, False, True], ignore_index=True)


def _row(model: str, metrics: Mapping[str, float], fit: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"model": model}
    row |= {name: metrics[name] for name in FIRST}
    row["fit_seconds"] = float(fit["fit_seconds"])
    row |= {name: metrics[name] for name in THEN if name in metrics}
    row |= {name: int(row[name]) for name in COUNTS}
    row["val_accuracy"] = float(fit["val_accuracy"])
    row["parameters"] = parameters_text(fit.get("chosen") or fit["parameters"])
    row["device"] = str(fit["device"])
    row["reads_order"] = bool(fit["reads_order"])
    return row


def parameters_text(parameters: Mapping[str, Any]) -> str:
    """Hyper-parameters on one line: ``C=0.1, kernel=linear``."""
    return ", ".join(f"{name}={_value_text(value)}" for name, value in flat(dict(parameters)).items())


def _value_text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
