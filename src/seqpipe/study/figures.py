"""The pictures of the report of `transfer`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch

from seqpipe.data.frame_augmentation import as_read
from seqpipe.data.frame_cache import Frames
from seqpipe.evaluation.figures.embedding import embedding_figure, embedding_table
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.figures.transfer import (
    Explained,
    domain_bars,
    gradcam_panels,
    samples_curve,
    scores_vs_accuracy,
    trade_off,
)
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.study.cells import Cells
from seqpipe.study.places import clip_vectors
from seqpipe.study.solutions import FEATURES, FINE_TUNING, finetune_facts
from seqpipe.study.study import Study
from seqpipe.study.target import Target
from seqpipe.training.selection import best_by_val

# Test samples shown of those that were answered right, and of those that were not.
EXPLAINED = 6


def all_figures(
    grid: pd.DataFrame,
    curve: pd.DataFrame,
    scores: pd.DataFrame,
    study: Study,
    cells: Cells,
) -> dict[str, bytes]:
    """PNG bytes by name; a figure that there is nothing for is left out."""
    judged = with_accuracy(scores, grid)
    drawn: dict[str, Any] = {"trade_off": trade_off(grid)}
    if len(curve):
        drawn["samples_curve"] = samples_curve(curve)
    if judged["accuracy"].notna().any():
        drawn["scores"] = scores_vs_accuracy(judged)
    if scores["mmd2"].notna().any():
        drawn["domains"] = domain_bars(scores)
    drawn["embedding"] = _embedding(grid, study)
    best = best_by_val(grid[(grid["kind"] == FINE_TUNING) & (grid["solution"] != "scratch")])
    looked = {} if best is None else _looked_at(best, study, cells)
    return {name: png_bytes(figure) for name, figure in drawn.items() if figure is not None} | looked


def with_accuracy(scores: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """The scores with the measured accuracy at each place: of the classifier that val chose there."""
    here = ["backbone", "layer", "pool"]
    fixed = grid[grid["kind"] == FEATURES]
    best = [best_by_val(part) for _, part in fixed.groupby(here, sort=False)]
    measured = pd.DataFrame([row[[*here, "accuracy"]] for row in best if row is not None], columns=[*here, "accuracy"])
    return scores.merge(measured, how="left", on=here)


def _embedding(grid: pd.DataFrame, study: Study) -> Any:
    """D' of the place that val chose, in the plane."""
    best = best_by_val(grid[grid["kind"] == FEATURES])
    key = study.dprimes.places[0].key if best is None else (best["backbone"], best["layer"], best["pool"])
    dprime = study.dprimes.at(key)
    vectors, shown = clip_vectors(dprime)
    labels = [shown.class_names[k] for k in shown.t]
    return embedding_figure(embedding_table(vectors, labels, list(shown.splits), study.runtime.seed))


def gradcam(model: FineTuned, predictions: pd.DataFrame, target: Target, frames: Frames) -> dict[str, bytes]:
    """Where a fine-tuned CNN sees its answer, on the test samples it is surest of, right and wrong: ``gradcam``.

    Empty for a net without convolution maps.
    """
    shown = pd.concat([_surest(predictions[predictions["correct"]]), _surest(predictions[~predictions["correct"]])])
    rows = pd.Index(target.samples["id"]).get_indexer(pd.Index(shown["id"]))
    crops = [as_read(_middle(frames, row), model.backbone.transforms) for row in rows]
    x = torch.stack([several[len(several) // 2] for several in crops])
    heat = model.heat_maps(x, np.array([model.class_names.index(name) for name in shown["predicted"]]))
    if heat is None:
        return {}
    examples = [
        Explained(frame.permute(1, 2, 0).numpy(), warm, row["label"], row["predicted"], row["confidence"])
        for frame, warm, row in zip(x, heat, shown.to_dict("records"), strict=True)
    ]
    return {"gradcam": png_bytes(gradcam_panels(examples))}


def _looked_at(best: pd.Series, study: Study, cells: Cells) -> dict[str, bytes]:
    """What the fine-tuned CNN that val chose looks at."""
    target, backbone = study.target, study.backbones.get(str(best["backbone"]))
    config = study.settings.strategies.get(str(best["solution"]))
    cell = None if backbone is None or config is None else cells.get(finetune_facts(config, backbone, target))
    if backbone is None or cell is None:  # parameters have changed since the table was made
        return {}
    frames = target.frames(backbone)
    test = cell.predictions[cell.predictions["split"] == "test"]
    return gradcam(FineTuned.read(cell.model, study.runtime), test, target, frames)


def _surest(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["confidence", "id"], ascending=[False, True]).head(EXPLAINED)


def _middle(frames: Frames, row: int) -> np.ndarray:
    return np.array(frames.frame(row, frames.count(row) // 2))
