"""The grid backbone x layer x solution on one corpus: every cell fitted once, judged on the same test split."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pandas as pd

from seqpipe.config import FinetuneConfig
from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.study.cells import Cell, Cells
from seqpipe.study.solutions import (
    FEATURES,
    METRICS,
    Judge,
    classifier_cell,
    classifier_row,
    finetune_cell,
    finetune_row,
)
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val

logger = logging.getLogger(__name__)

Fitted = tuple[dict[str, Any], Cell]
"""What is told of a solution in the table beside its scores, and its cell."""
IDENTITY = ["solution", "kind", "backbone", "layer", "pool", "feature_size"]
# About how long the search of a classifier takes, in passes of the frames through the CNN: for the time left alone.
PASSES_A_CLASSIFIER = {"avg": 1, "flatten": 5}
# A step costs about three passes forward: forward, and back to the inputs and to the weights.
PASSES_A_STEP = 3


def fit_all(study: Study, judge: Judge, cells: Cells) -> pd.DataFrame:
    """The table: a row a solution, in the order in which they were fitted.

    ``gain`` is over the fixed features that val would have one choose. Cells that were finished before, by this run
    or another, are taken from ``cells``.
    """
    settings = study.settings
    total = len(settings.classifiers) * sum(PASSES_A_CLASSIFIER[place.pool] for place in study.dprimes.places)
    total += len(study.backbones) * sum(map(_passes, settings.strategies.values()))
    with progress(total, "solutions", "pass") as bar:
        fitted = [*_classified(study, cells, bar), *_fine_tuned(study, cells, bar)]
    if not fitted:
        raise UserError("transfer: none of the solutions could be trained; the warnings above say why.")
    samples, decided_by = study.target.samples, {"seed": study.runtime.seed}
    rows = [told | judge.scores(cell.predictions, samples) | decided_by for told, cell in fitted]
    predictions = [cell.predictions for _, cell in fitted]
    return _scores_first(_with_gains(pd.DataFrame(rows), predictions, samples, judge))


def _classified(study: Study, cells: Cells, bar: Any) -> Iterator[Fitted]:
    """The second solution: every classifier at every place."""
    for place, dprime in study.dprimes if study.settings.classifiers else ():
        for kind, config in study.settings.classifiers.items():
            bar.set_postfix_str(f"{kind}, {place.layer} ({place.pool})", refresh=False)
            try:
                cell = classifier_cell(kind, config, dprime, study.runtime, cells)
                yield classifier_row(kind, place, dprime, cell), cell
            except UserError as refusal:  # the others are still worth a table
                logger.warning("%s, %s (%s) is left out: %s", kind, place.layer, place.pool, refusal)
            bar.update(PASSES_A_CLASSIFIER[place.pool])


def _fine_tuned(study: Study, cells: Cells, bar: Any) -> Iterator[Fitted]:
    """The first solution: every strategy on every backbone."""
    for label, backbone in study.backbones.items() if study.settings.strategies else ():
        frames = study.target.frames(backbone)
        for name, config in study.settings.strategies.items():
            bar.set_postfix_str(f"{name}, {label}", refresh=False)
            cell = finetune_cell(config, backbone, study.target, frames, cells)
            yield finetune_row(name, label, cell), cell
            bar.update(_passes(config))


def _with_gains(
    grid: pd.DataFrame, predictions: list[pd.DataFrame], samples: pd.DataFrame, judge: Judge
) -> pd.DataFrame:
    """The table with what each row is ahead by; not there where no classifier was trained."""
    best = best_by_val(grid[grid["kind"] == FEATURES])
    if best is None:
        return grid.assign(gain=float("nan"), gain_low=float("nan"), gain_high=float("nan"))
    reference = predictions[list(grid.index).index(best.name)]
    gains = [judge.gain(own, reference, samples) for own in predictions]
    return grid.join(pd.DataFrame(gains, index=grid.index))


def _scores_first(grid: pd.DataFrame) -> pd.DataFrame:
    """What a solution is and how it does, then what it costs."""
    scores = [name for name in (*METRICS, *grid) if name in METRICS or name.startswith(("val_", "gain"))]
    return grid[list(dict.fromkeys([*IDENTITY, *scores, *grid]))]


def _passes(config: FinetuneConfig) -> int:
    """About how many forward passes over the training samples a fine-tuning takes."""
    return config.training.epochs * (1 if config.strategy == "head" else PASSES_A_STEP)
