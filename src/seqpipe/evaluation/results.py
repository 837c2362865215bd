"""What one model did on the test split: all that the leaderboard and the report need of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import fingerprint

EXPORTS = "exports"
PREDICTIONS = "predictions.parquet"
JSON = ("fit", "metrics", "evaluation")


@dataclass(frozen=True, eq=False)
class Results:
    """One model's results.

    Attributes:
        fit: How it was fitted: fit_seconds, device, parameters, reads_order, val_accuracy, ...
        metrics: What `test_metrics` gave.
        predictions: What `predictions_table` gave.
        evaluation: The parameters that it was judged with.
        exports: Texts to be used elsewhere, by the name of their file.
    """

    fit: dict[str, Any]
    metrics: dict[str, float]
    predictions: pd.DataFrame
    evaluation: dict[str, Any]
    exports: dict[str, str] = field(default_factory=dict)


def fit_digest(fit: Mapping[str, Any]) -> str:
    """By which predictions know their model: of what is told of its fit, but for the time and memory it took."""
    return fingerprint({name: value for name, value in fit.items() if not name.endswith(("_seconds", "_memory_mb"))})


def results_digest(results: Results) -> str:
    """By which figures know their results: of the fit, and of the parameters that it was judged with."""
    return fingerprint({"fit": fit_digest(results.fit), "evaluation": results.evaluation})


def write_results(results: Results, folder: Path) -> None:
    """Writes ``fit``, ``metrics``, ``evaluation`` (JSON), ``predictions.parquet`` and ``exports/*``."""
    folder.mkdir(parents=True)
    for name in JSON:
        numbers = getattr(results, name)
        (folder / f"{name}.json").write_text(json.dumps(numbers, indent=2, allow_nan=True) + "\n", encoding="utf-8")
    results.predictions.to_parquet(folder / PREDICTIONS, index=False)
    if results.exports:
        (folder / EXPORTS).mkdir()
    for name, text in results.exports.items():
        (folder / EXPORTS / name).write_text(text, encoding="utf-8")


def read_results(folder: Path) -> Results:
    """Reads what `write_results` wrote.

    Raises:
        UserError: A file is missing.
    """
    if missing := [name for name in JSON if not (folder / f"{name}.json").is_file()]:
        raise UserError(f"{folder} holds no whole results ({missing[0]}.json is missing): begin with its `evaluate`.")
    fit, metrics, evaluation = (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in JSON)
    exports = {file.name: file.read_text(encoding="utf-8") for file in sorted((folder / EXPORTS).glob("*"))}
    return Results(fit, metrics, pd.read_parquet(folder / PREDICTIONS), evaluation, exports)
