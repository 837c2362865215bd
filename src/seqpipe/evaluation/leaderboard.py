"""All models of a run in one table, best first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.config import flat
from seqpipe.core.fingerprint import fingerprint
from seqpipe.evaluation.base import COUNTS, Evaluation
from seqpipe.evaluation.results import Results

COSTS = ("peak_memory_mb", "trainable_parameters")
"""What a fit took beside its seconds, where it tells: those of earlier versions did not."""


def leaderboard(results: Mapping[str, Results], evaluation: Evaluation) -> pd.DataFrame:
    """One row a model, and those of `Evaluation.beside`: best first by the primary metric, the first score, the name.

    Args:
        results: by the model's name; of ``fit`` it takes fit_seconds, device, parameters (all), chosen (those
            that a search chose; optional), reads_order, and the primary metric on val.
        evaluation: Of the models' task.

    Returns:
        Columns model, n_test, the primary metric and its interval (``_low``, ``_high``), the scores, fit_seconds,
        peak_memory_mb and trainable_parameters, the metrics that come behind them, chance, n_groups, the primary
        metric on val (``val_``), parameters (as text), device and reads_order; of these metrics, those that the task
        has.
    """
    rows = [_row(name, of.metrics, of.fit, evaluation) for name, of in results.items()]
    rows += [_row_beside(row, evaluation) for row in evaluation.beside(results)]
    table = pd.DataFrame(rows)
    keys = [evaluation.primary.key, *(score.key for score in evaluation.scores if score.key in table)][:2]
    ascending = [not evaluation.higher_is_better] * len(keys)
    return table.sort_values([*keys, "model"], ascending=[*ascending, True], ignore_index=True)


def _row(model: str, metrics: Mapping[str, float], fit: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    primary = evaluation.primary.key
    early = [score.key for score in evaluation.scores if score.key not in evaluation.behind]
    row: dict[str, Any] = {"model": model}
    row |= {name: metrics[name] for name in ("n_test", primary, f"{primary}_low", f"{primary}_high")}
    row |= {name: metrics[name] for name in early if name in metrics}
    row["fit_seconds"] = float(fit["fit_seconds"])
    row |= {name: fit.get(name, math.nan) for name in COSTS}
    row |= {name: metrics[name] for name in (*evaluation.behind, "chance", "n_groups") if name in metrics}
    row |= {name: int(row[name]) for name in COUNTS}
    row[f"val_{primary}"] = float(fit[f"val_{primary}"])
    row["parameters"] = parameters_text(fit.get("chosen") or fit["parameters"])
    row["device"] = str(fit["device"])
    row["reads_order"] = bool(fit["reads_order"])
    return row


def _row_beside(told: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """The row of what is no model: it was never fitted, nor asked about val."""
    fit = dict.fromkeys(("fit_seconds", f"val_{evaluation.primary.key}"), math.nan)
    return _row(str(told["model"]), told, fit | {"parameters": {}, "device": "", "reads_order": False}, evaluation)


def trained_rows(board: pd.DataFrame) -> pd.DataFrame:
    """The rows of a leaderboard that are models'."""
    return board[board["fit_seconds"].notna()]


def leaderboard_digest(table: pd.DataFrame) -> str:
    """By which a picture of a leaderboard knows it, and it its results: of all that it says, alike behind its CSV."""
    # Numbers that were read from a text may differ from those that were written in their last bit.
    return fingerprint(table.to_csv(index=False, float_format="%.12g"))


def parameters_text(parameters: Mapping[str, Any]) -> str:
    """Hyper-parameters on one line, those of a block by their dotted names: ``C=0.1, training.epochs=60``."""
    return ", ".join(f"{name}={_value_text(value)}" for name, value in flat(dict(parameters)).items())


def _value_text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
