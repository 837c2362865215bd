"""The grid backbone x layer x solution on one corpus: every cell fitted once, judged on the same test split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqpipe.config import ClassifierConfig, FinetuneConfig, TransferConfig
from seqpipe.progress import progress
from seqpipe.transfer.cells import Cell, Cells
from seqpipe.transfer.places import places_read
from seqpipe.transfer.solutions import Judge, classifier_cell, classifier_row, finetune_cell, finetune_row
from seqpipe.transfer.target import Study

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

    Cells that were finished before, by this run or another, are taken from ``cells``.
    """
    places = places_read(study.places)
    total = len(solutions.classifiers) * sum(PASSES_A_CLASSIFIER[place.pool] for place in places)
    total += len(study.backbones) * sum(map(_passes, solutions.strategies.values()))
    rows: list[dict[str, Any]] = []
    with progress(total, "solutions", "pass") as bar:
        for place, dprime in study.dprimes():
            for kind, config in solutions.classifiers.items():
                bar.set_postfix_str(f"{kind}, {place.layer} ({place.pool})", refresh=False)
                cell = classifier_cell(kind, config, dprime, judge.runtime, cells)
                rows.append(_row(classifier_row(kind, place, dprime, cell), cell, study, judge))
                bar.update(PASSES_A_CLASSIFIER[place.pool])
        for label, backbone in study.labelled_backbones().items() if solutions.strategies else ():
            frames = study.frames(backbone)
            for name, tuned in solutions.strategies.items():
                bar.set_postfix_str(f"{name}, {label}", refresh=False)
                cell = finetune_cell(tuned, backbone, study, frames, cells)
                rows.append(_row(finetune_row(name, label, cell), cell, study, judge))
                bar.update(_passes(tuned))
    return pd.DataFrame(rows)


def _row(told: dict[str, Any], cell: Cell, study: Study, judge: Judge) -> dict[str, Any]:
    return told | judge.scores(cell.predictions, study.samples)


def _passes(config: FinetuneConfig) -> int:
    """About how many forward passes over the training samples a fine-tuning takes."""
    return config.epochs * (1 if config.strategy == "head" else PASSES_A_STEP)
