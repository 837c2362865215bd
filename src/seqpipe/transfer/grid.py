"""The grid backbone x layer x solution on one corpus: every cell fitted once, judged on the same test split."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqpipe.config import ClassifierConfig, FinetuneConfig, TransferConfig
from seqpipe.errors import UserError
from seqpipe.evaluation.transfer_findings import best_by_val
from seqpipe.progress import progress
from seqpipe.transfer.cells import Cell, Cells
from seqpipe.transfer.places import places_read
from seqpipe.transfer.solutions import (
    FEATURES,
    METRICS,
    Judge,
    classifier_cell,
    classifier_row,
    finetune_cell,
    finetune_row,
)
from seqpipe.transfer.target import Study

logger = logging.getLogger(__name__)

Fitted = tuple[dict[str, Any], Cell]
"""What is told of a solution in the table beside its scores, and its cell."""
IDENTITY = ["solution", "kind", "backbone", "layer", "pool", "feature_size"]
# About how long the search of a classifier takes, in passes of the frames through the CNN: for the time left alone.
PASSES_A_CLASSIFIER = {"avg": 1, "flatten": 5}
# A step costs about three passes forward: forward, and back to the inputs and to the weights.
PASSES_A_STEP = 3


@dataclass(frozen=True)
class Solutions:
    """What is compared: the classifiers C' by kind, and the strategies of fine-tuning by name."""

    classifiers: Mapping[str, ClassifierConfig]
    strategies: Mapping[str, FinetuneConfig]

    @classmethod
    def of(
        cls, transfer: TransferConfig, classifiers: Mapping[str, ClassifierConfig], finetune: FinetuneConfig
    ) -> Solutions:
        """Those that the configuration names, with their parameters.

        No classifier is fitted again with val: a CNN that is fine-tuned is not either.
        """
        return cls(
            {kind: classifiers[kind].model_copy(update={"refit": False}) for kind in transfer.classifiers},
            {name: finetune.model_copy(update={"strategy": name}) for name in transfer.strategies},
        )


def fit_all(study: Study, solutions: Solutions, judge: Judge, cells: Cells) -> pd.DataFrame:
    """The table: a row a solution, in the order in which they were fitted.

    ``gain`` is over the fixed features that val would have one choose. Cells that were finished before, by this run
    or another, are taken from ``cells``.
    """
    places = places_read(study.places) if solutions.classifiers else []
    total = len(solutions.classifiers) * sum(PASSES_A_CLASSIFIER[place.pool] for place in places)
    total += len(study.backbones) * sum(map(_passes, solutions.strategies.values()))
    with progress(total, "solutions", "pass") as bar:
        fitted = [*_classified(study, solutions, cells, bar), *_fine_tuned(study, solutions, cells, bar)]
    if not fitted:
        raise UserError("transfer: none of the solutions could be trained; the warnings above say why.")
    decided_by = {"seed": study.runtime.seed}
    rows = [told | judge.scores(cell.predictions, study.samples) | decided_by for told, cell in fitted]
    predictions = [cell.predictions for _, cell in fitted]
    return _scores_first(_with_gains(pd.DataFrame(rows), predictions, study.samples, judge))


def _classified(study: Study, solutions: Solutions, cells: Cells, bar: Any) -> Iterator[Fitted]:
    """The second solution: every classifier at every place."""
    for place, dprime in study.dprimes() if solutions.classifiers else ():
        for kind, config in solutions.classifiers.items():
            bar.set_postfix_str(f"{kind}, {place.layer} ({place.pool})", refresh=False)
            try:
                cell = classifier_cell(kind, config, dprime, study.runtime, cells)
                yield classifier_row(kind, place, dprime, cell), cell
            except UserError as refusal:  # the others are still worth a table
                logger.warning("%s, %s (%s) is left out: %s", kind, place.layer, place.pool, refusal)
            bar.update(PASSES_A_CLASSIFIER[place.pool])


def _fine_tuned(study: Study, solutions: Solutions, cells: Cells, bar: Any) -> Iterator[Fitted]:
    """The first solution: every strategy on every backbone."""
    for label, backbone in study.labelled_backbones().items() if solutions.strategies else ():
        frames = study.frames(backbone)
        for name, config in solutions.strategies.items():
            bar.set_postfix_str(f"{name}, {label}", refresh=False)
            cell = finetune_cell(config, backbone, study, frames, cells)
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
    return config.epochs * (1 if config.strategy == "head" else PASSES_A_STEP)
