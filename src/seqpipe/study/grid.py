"""The grid backbone x layer x solution on one corpus: every cell fitted once, judged on the same test split."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pandas as pd

from seqpipe.config import FinetuneConfig
from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.study.cells import Cell, Cells
from seqpipe.study.judge import METRICS, Judge
from seqpipe.study.solutions import FEATURES, Solution, fitted_run
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val

logger = logging.getLogger(__name__)

Fitted = tuple[dict[str, Any], Cell]
"""What a solution is, in the columns of the table, and its cell."""
IDENTITY = ["solution", "kind", "backbone", "layer", "pool", "feature_size"]
# About how long the search of a classifier takes, in passes of the frames through the CNN.
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
    total += len(study.backbones) * sum(map(_passes_of_tuning, settings.strategies.values()))
    with progress(total, "solutions", "pass") as bar:
        fitted = list(_fitted(study, cells, bar))
    if not fitted:
        raise UserError("transfer: none of the solutions could be trained; the warnings above say why.")
    samples, decided_by = study.samples, {"seed": study.runtime.seed}
    rows = [told | cell.fit | judge.scores(cell.predictions, samples) | decided_by for told, cell in fitted]
    predictions = [cell.predictions for _, cell in fitted]
    return _scores_first(_with_gains(pd.DataFrame(rows), predictions, samples, judge))


def _fitted(study: Study, cells: Cells, bar: Any) -> Iterator[Fitted]:
    for solution in chain(study.classifiers(), study.fine_tunings()):
        where = solution.backbone if solution.place is None else f"{solution.place.layer} ({solution.place.pool})"
        bar.set_postfix_str(f"{solution.name}, {where}", refresh=False)
        try:
            yield solution.identity(), fitted_run(solution, study.runtime, cells)
        except UserError as refusal:
            if solution.place is None:
                raise
            # The others are still worth a table.
            logger.warning("%s, %s is left out: %s", solution.name, where, refusal)
        bar.update(_passes(solution))


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


def _passes(solution: Solution) -> int:
    """About how long it takes, in passes of the training frames through the CNN: for the time left alone."""
    if isinstance(solution.config, FinetuneConfig):
        return _passes_of_tuning(solution.config)
    assert solution.place is not None
    return PASSES_A_CLASSIFIER[solution.place.pool]


def _passes_of_tuning(config: FinetuneConfig) -> int:
    return config.training.epochs * (1 if config.strategy == "head" else PASSES_A_STEP)
