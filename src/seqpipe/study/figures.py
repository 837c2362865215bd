"""The pictures of the report of `transfer`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from seqpipe.evaluation.figures.embedding import embedding_figure, embedding_table
from seqpipe.evaluation.figures.gradcam import gradcam
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.figures.transfer import domain_bars, learning_curve, trade_off, transferability_vs_accuracy
from seqpipe.models.persist import read_model
from seqpipe.study.feature_specs import clip_vectors
from seqpipe.study.run_store import RunStore
from seqpipe.study.solutions import FEATURES, FINE_TUNING
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val


def all_figures(
    grid: pd.DataFrame,
    curve: pd.DataFrame,
    transferability: pd.DataFrame,
    study: Study,
    run_store: RunStore,
) -> dict[str, bytes]:
    """PNG bytes by name; a figure that there is nothing for is left out."""
    judged = with_accuracy(transferability, grid)
    drawn: dict[str, Any] = {"trade_off": trade_off(grid)}
    if len(curve):
        drawn["learning_curve"] = learning_curve(curve)
    if judged["accuracy"].notna().any():
        drawn["transferability"] = transferability_vs_accuracy(judged)
    if transferability["mmd2"].notna().any():
        drawn["domains"] = domain_bars(transferability)
    drawn["embedding"] = _embedding(grid, study)
    best = best_by_val(grid[(grid["kind"] == FINE_TUNING) & (grid["solution"] != "scratch")])
    looked = {} if best is None else _looked_at(best, study, run_store)
    return {name: png_bytes(figure) for name, figure in drawn.items() if figure is not None} | looked


def with_accuracy(transferability: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Transferability with the measured accuracy at each place: of the classifier that val chose there."""
    here = ["backbone", "layer", "pool"]
    fixed = grid[grid["kind"] == FEATURES]
    best = [best_by_val(part) for _, part in fixed.groupby(here, sort=False)]
    measured = pd.DataFrame([row[[*here, "accuracy"]] for row in best if row is not None], columns=[*here, "accuracy"])
    return transferability.merge(measured, how="left", on=here)


def _embedding(grid: pd.DataFrame, study: Study) -> Any:
    """D' of the place that val chose, in the plane."""
    best = best_by_val(grid[grid["kind"] == FEATURES])
    key = study.datasets.feature_specs[0].key if best is None else (best["backbone"], best["layer"], best["pool"])
    dataset = study.datasets.at(key)
    vectors, shown = clip_vectors(dataset)
    labels = [shown.class_names[k] for k in shown.t]
    return embedding_figure(embedding_table(vectors, labels, list(shown.splits), study.runtime.seed))


def _looked_at(best: pd.Series, study: Study, run_store: RunStore) -> dict[str, bytes]:
    """What the fine-tuned CNN that val chose looks at."""
    solution = study.solution_of(best)
    run = None if solution is None else run_store.get(solution.key(study.runtime))
    if solution is None or run is None:  # parameters have changed since the table was made
        return {}
    model: Any = read_model(run.model)
    frames: Any = solution.data
    test = run.predictions[run.predictions["split"] == "test"]
    return gradcam(model.answering(study.runtime), test, frames)
