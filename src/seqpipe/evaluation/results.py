"""What one model did on the test split: all that the leaderboard and the report need of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

FIGURES = "figures"
PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True, eq=False)
class Results:
    """One model's results.

    Attributes:
        fit: How it was fitted: fit_seconds, device, parameters, reads_order, val_accuracy, ...
        metrics: What `test_metrics` gave.
        predictions: What `predictions_table` gave.
        figures: PNG bytes by name.
    """

    fit: dict[str, Any]
    metrics: dict[str, float]
    predictions: pd.DataFrame
    figures: dict[str, bytes]


def write_results(results: Results, folder: Path) -> None:
    """Writes ``fit.json``, ``metrics.json``, ``predictions.parquet`` and ``figures/*.png`` to a new folder."""
    (folder / FIGURES).mkdir(parents=True)
    for name, numbers in (("fit", results.fit), ("metrics", results.metrics)):
        (folder / f"{name}.json").write_text(json.dumps(numbers, indent=2, allow_nan=True) + "\n", encoding="utf-8")
    results.predictions.to_parquet(folder / PREDICTIONS, index=False)
    for name, png in results.figures.items():
        (folder / FIGURES / f"{name}.png").write_bytes(png)


def read_results(folder: Path) -> Results:
    """Reads what `write_results` wrote; the figures come in the order of their names."""
    fit, metrics = (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("fit", "metrics"))
    figures = {file.stem: file.read_bytes() for file in sorted((folder / FIGURES).glob("*.png"))}
    return Results(fit, metrics, pd.read_parquet(folder / PREDICTIONS), figures)
