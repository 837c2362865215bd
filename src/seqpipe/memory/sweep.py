"""Truncated back-propagation through time, tried out: how far back the gradient must go on these data."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.data.dataset import FeatureDataset
from seqpipe.memory.activations import training_bytes
from seqpipe.memory.opened import Opened
from seqpipe.metrics.intervals import paired_difference
from seqpipe.models.recurrent import UNITS_WORTH_THREADS, Recurrent
from seqpipe.runtime.devices import computing, usable_cores
from seqpipe.runtime.processes import side_by_side

COLUMNS = [
    *("cell", "truncate", "whole", "trained", "val_accuracy", "val_loss", "clips", "ahead", "ahead_low", "ahead_high"),
    *("seconds", "kept_bytes", "diverged"),
]
NOTHING = float("nan")


@dataclass(frozen=True)
class Judge:
    """By what two trainings are compared: resamples and confidence, and the seed of what is drawn."""

    evaluation: EvaluationConfig
    seed: int


@dataclass(frozen=True, eq=False)
class Trial:
    """One training of a cell with the gradient cut off behind so many steps; None: with all of it."""

    cell: str
    steps: int | None
    right: np.ndarray | None  # (N,) of val; None where it diverged
    loss: float
    seconds: float
    kept: int


def sweep_truncation(
    opened: Sequence[Opened],
    dataset: FeatureDataset,
    truncate: Sequence[int | None],
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
) -> pd.DataFrame:
    """Every model trained anew, one member of it, with the gradient going back so many steps by chunks.

    Steps that are as many as the longest clip has, or more, are no truncation: that is trained once.

    Returns:
        columns cell, truncate (steps; of all, the longest clip's), whole (no truncation), trained (False: the row is
        that of no truncation), val_accuracy, val_loss, clips (of val), ahead (of no truncation, on the same clips)
        with its interval, seconds, kept_bytes, diverged.
    """
    longest, rows = int(dataset.part("train").mask.sum(axis=1).max()), []
    asked = dict.fromkeys(longest if k is None else k for k in truncate)
    tried = sorted({min(k, longest) for k in asked})
    judge = Judge(evaluation, runtime.seed)
    trials = _trials(opened, dataset.part("train", "val"), [None if k == longest else k for k in tried], runtime)
    for one in opened:
        own = {trial.steps or longest: trial for trial in trials if trial.cell == one.cell}
        rows += [_row(one, k, own, longest, dataset, judge) for k in sorted(asked)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _trials(
    opened: Sequence[Opened], learned_from: FeatureDataset, tried: Sequence[int | None], runtime: RuntimeConfig
) -> list[Trial]:
    """Every model with every k, side by side; what takes longest, the shortest chunks, begins first."""
    calls = [(one, learned_from, k, runtime) for k in tried for one in opened]
    with progress(len(calls), "truncation", "training") as bar:
        trials = []
        for trial in side_by_side(_trial, calls, min(usable_cores(runtime), max(1, len(calls)))):
            trials.append(trial)
            bar.update()
    return trials


def _trial(one: Opened, dataset: FeatureDataset, k: int | None, runtime: RuntimeConfig) -> Trial:
    train, val = dataset.part("train"), dataset.part("val")
    model = _unfitted(one, k, runtime)
    started_s = time.perf_counter()
    try:
        with computing(runtime):
            model.behind(one.model).learn(train, val)
    except UserError:  # its loss was not finite
        return Trial(one.cell, k, None, NOTHING, time.perf_counter() - started_s, 0)
    seconds = time.perf_counter() - started_s
    proba = model.predict_proba(val)
    loss = model.task.val_scores(val.targets, proba)["log_loss"]
    right = (model.task.answers(proba) == val.t).astype(float)
    return Trial(one.cell, k, right, loss, seconds, _kept(model, train, k))


def _unfitted(one: Opened, k: int | None, runtime: RuntimeConfig) -> Recurrent:
    """The model as it was chosen, one member of it, whose gradient goes back k steps."""
    changed: dict[str, Any] = {"truncate": k, "truncate_by": "chunk", "ensemble_size": 1, "refit": False}
    config = one.model.config.model_copy(update=changed)
    threads = 1 if config.hidden < UNITS_WORTH_THREADS else runtime.threads
    by = runtime.model_copy(update={"seed": one.seed, "device": "cpu", "threads": threads})
    return type(one.model)(config, by, one.model.task)


def _kept(model: Recurrent, train: FeatureDataset, k: int | None) -> int:
    """The bytes that a batch of training keeps, by the net that has just been trained."""
    batch = train.take(np.arange(min(len(train), model.config.training.batch_size)))
    without = copy.copy(model)
    without.config = model.config.model_copy(update={"truncate": None})
    with torch.random.fork_rng([]):  # dropout draws
        return training_bytes(model.members[0].train(), without.untrained(0).train(), *model.tensors(batch), k)


def _row(
    one: Opened, k: int, trials: Mapping[int, Trial], longest: int, dataset: FeatureDataset, judge: Judge
) -> dict[str, Any]:
    """What the table says of one k; of one beyond the longest clip, what it says of that."""
    trial = trials[min(k, longest)]
    right = trial.right if trial.right is not None else np.array([NOTHING])
    return {
        "cell": one.cell,
        "truncate": k,
        "whole": trial.steps is None,
        "trained": k <= longest,
        "val_accuracy": float(right.mean()),
        "val_loss": trial.loss,
        "clips": len(dataset.part("val")),
        **_ahead(trial, trials.get(longest), dataset.part("val").groups, judge),
        "seconds": trial.seconds,
        "kept_bytes": trial.kept,
        "diverged": trial.right is None,
    }


def _ahead(trial: Trial, reference: Trial | None, groups: np.ndarray, judge: Judge) -> dict[str, float]:
    """What a training is ahead of that without truncation by; nothing where there is none, or one diverged."""
    names = ("ahead", "ahead_low", "ahead_high")
    if reference is None or trial.right is None or reference.right is None:
        return dict.fromkeys(names, NOTHING)
    resampled = (judge.evaluation.bootstrap, judge.evaluation.confidence, judge.seed)
    return dict(zip(names, paired_difference(trial.right, reference.right, groups, *resampled), strict=True))
