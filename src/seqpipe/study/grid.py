"""The grid backbone x layer x solution on one corpus: every run fitted once, judged on the same test split."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pandas as pd

from seqpipe.config import FinetuneConfig
from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.study.evaluator import METRICS, Evaluator
from seqpipe.study.run_store import CachedRun, RunStore
from seqpipe.study.solutions import FEATURES, Solution, fitted_run
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val

logger = logging.getLogger(__name__)

Fitted = tuple[dict[str, Any], CachedRun]
"""What a solution is, in the columns of the table, and its cell."""
IDENTITY = ["solution", "kind", "backbone", "layer", "pool", "feature_size"]
# About how long the search of a classifier takes, in passes of the frames through the CNN.
PASSES_A_CLASSIFIER = {"avg": 1, "grid": 4, "flatten": 5}
# A step costs about three passes forward: forward, and back to the inputs and to the weights.
PASSES_A_STEP = 3


def fit_all(study: Study, evaluator: Evaluator, run_store: RunStore) -> pd.DataFrame:
    """The table: a row a solution, in the order in which they were fitted.

    ``gain`` is over the fixed features that val would have one choose. Runs that were finished before, by this study
    or another, are taken from ``run_store``.
    """
    settings = study.settings
    total = len(settings.classifiers) * sum(PASSES_A_CLASSIFIER[spec.pool] for spec in study.datasets.feature_specs)
    total += len(study.backbones) * sum(map(_passes_of_tuning, settings.strategies.values()))
    with progress(total, "solutions", "pass") as bar:
        fitted = list(_fitted(study, run_store, bar))
    if not fitted:
        raise UserError("transfer: none of the solutions could be trained; the warnings above say why.")
    samples, decided_by = study.samples, {"seed": study.runtime.seed}
    rows = [told | run.fit | evaluator.scores(run.predictions, samples) | decided_by for told, run in fitted]
    predictions = [run.predictions for _, run in fitted]
    return _scores_first(_with_gains(pd.DataFrame(rows), predictions, samples, evaluator))


def _fitted(study: Study, run_store: RunStore, bar: Any) -> Iterator[Fitted]:
    for solution in chain(study.classifiers(), study.fine_tunings()):
        where = solution.backbone if solution.spec is None else f"{solution.spec.layer} ({solution.spec.pool})"
        bar.set_postfix_str(f"{solution.name}, {where}", refresh=False)
        try:
            yield solution.identity(), fitted_run(solution, study.runtime, run_store)
        except UserError as refusal:
            if solution.spec is None:
                raise
            # The others are still worth a table.
            logger.warning("%s, %s is left out: %s", solution.name, where, refusal)
        bar.update(_passes(solution))


def _with_gains(
    grid: pd.DataFrame, predictions: list[pd.DataFrame], samples: pd.DataFrame, evaluator: Evaluator
) -> pd.DataFrame:
    """The table with what each row is ahead by; not there where no classifier was trained."""
    best = best_by_val(grid[grid["kind"] == FEATURES])
    if best is None:
        return grid.assign(gain=float("nan"), gain_low=float("nan"), gain_high=float("nan"))
    reference = predictions[list(grid.index).index(best.name)]
    gains = [evaluator.gain(own, reference, samples) for own in predictions]
    return grid.join(pd.DataFrame(gains, index=grid.index))


def _scores_first(grid: pd.DataFrame) -> pd.DataFrame:
    """What a solution is and how it does, then what it costs."""
    scores = [name for name in (*METRICS, *grid) if name in METRICS or name.startswith(("val_", "gain"))]
    return grid[list(dict.fromkeys([*IDENTITY, *scores, *grid]))]


def _passes(solution: Solution) -> int:
    """About how long it takes, in passes of the training frames through the CNN: for the time left alone."""
    if isinstance(solution.config, FinetuneConfig):
        return _passes_of_tuning(solution.config)
    assert solution.spec is not None
    return PASSES_A_CLASSIFIER[solution.spec.pool]


def _passes_of_tuning(config: FinetuneConfig) -> int:
    return config.training.epochs * (1 if config.strategy == "head" else PASSES_A_STEP)
