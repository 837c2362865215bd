"""The recurrent models of the last run, opened: which of them can be looked into, before and after training."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch

from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.models.nets.cells import CELLS, CellName
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.recurrent import UNITS_WORTH_THREADS, Recurrent

When: TypeAlias = Literal["before", "after"]
Trained: TypeAlias = tuple[Recurrent, Mapping[str, Any]]
"""A fitted model and what is told of its fit."""
RUN_FIRST = "run `kedro run` first, then `kedro run --pipeline memory`"


@dataclass(frozen=True, eq=False)
class Opened:
    """A model whose states can be asked.

    Attributes:
        cell: Its kind.
        model: It itself.
        seed: What it was trained by.
    """

    cell: CellName
    model: Recurrent
    seed: int

    @property
    def words(self) -> str:
        """What a sentence calls it."""
        return CELLS[self.cell].words

    def on_one_core(self) -> Recurrent:
        """The model, answering on one core where its steps are too small for a pool of threads."""
        model = copy.copy(self.model)
        if model.config.hidden < UNITS_WORTH_THREADS:
            model.threads = 1
        return model

    def nets(self) -> dict[When, RecurrentNet]:
        """Its first member before training and after it, in double precision: float32 underflows where squares of
        vanished gradients are summed."""
        nets: dict[When, RecurrentNet] = {"before": self.model.untrained(self.seed), "after": self.model.members[0]}
        return {when: copy.deepcopy(net).double().eval() for when, net in nets.items()}


def open_models(models: Mapping[Any, Trained | None], dataset: FeatureDataset) -> tuple[list[Opened], list[str]]:
    """Those that can be looked into, and a sentence for each that is on disk and cannot.

    Raises:
        UserError: There is none.
    """
    there = {cell: trained for cell, trained in models.items() if trained is not None}
    if not there:
        raise UserError(f"There is no recurrent model on disk ({', '.join(models)}) to look into: {RUN_FIRST}.")
    opened, left_out = [], []
    for cell, (model, fit) in there.items():
        if reason := _why_not(cell, model, fit, dataset):
            left_out.append(reason)
        else:
            opened.append(Opened(cell, model, int(fit["seed"])))
    if not opened:
        raise UserError(" ".join(left_out))
    return opened, left_out


def _why_not(cell: CellName, model: Recurrent, fit: Mapping[str, Any], dataset: FeatureDataset) -> str:
    """Why a model cannot be looked into; empty where it can."""
    words = CELLS[cell].words
    if fit.get("dataset") != dataset.digest:
        return f"The {words} on disk was trained on another D' than the one on disk now: {RUN_FIRST}."
    if not all(torch.isfinite(weight).all() for net in model.members for weight in net.parameters()):
        return (
            f"The {words} on disk has weights that are not finite, so that nothing can be measured of it: its training "
            f"diverged; train it again with a smaller {cell}.training.learning_rate."
        )
    return ""
