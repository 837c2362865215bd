"""Hyper-parameter search: every combination of a small grid is fitted on train, the best on val stays."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seqpipe.config import MANY_STEPS, OF_MANY_STEPS, OF_SEVERAL_STEPS, OF_TOKENS, OF_VECTORS
from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.data.dataset import FeatureDataset
from seqpipe.metrics.confidence import right_confidences, sure_from
from seqpipe.models.checks import check_classes, check_val_scores
from seqpipe.models.parts import parts_of, scores_on
from seqpipe.models.registry import model_entry
from seqpipe.runtime.costs import measured
from seqpipe.runtime.devices import computing, resolve_device
from seqpipe.training.selection import best_trial
from seqpipe.training.step import SECONDS

if TYPE_CHECKING:
    from seqpipe.config import ModelConfig, RuntimeConfig
    from seqpipe.data.base import Dataset
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.models.base import Model
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)

OnVal = Callable[[Any, np.ndarray, np.ndarray], None]
"""Of a dataset, the probabilities of its samples, and the answers."""


def search(
    name: str,
    config: ModelConfig,
    dataset: Dataset,
    runtime: RuntimeConfig,
    task: Task | None = None,
    backbone: Backbone | None = None,
    checkpoint: Path | None = None,
    needed: str = "",
    on_val: OnVal = lambda *_: None,
) -> tuple[Model, pd.DataFrame, dict[str, Any]]:
    """Fits a model of kind ``name`` for every combination of ``config.grid`` and keeps the best.

    The best on val by what the task chooses by; ties go to the earlier trial. The test split is not touched.

    Args:
        dataset: What this kind of model reads: D', or a frame dataset.
        backbone: What a model that reads frames begins from.
        checkpoint: A folder of this very search, of which a training that was interrupted goes on; None: none does.
        needed: A score that the task is to have on val, though nothing is chosen by it: its evaluation's primary one.
        on_val: Is told val, the best model's probabilities of it and its answers, before it is fitted on val as well;
            where the task is answered in parts, one part after the other.

    Returns:
        the best model; a table of the trials (``trial``, ``param.*``, ``val_*``, ``fit_seconds``);
        a record of the fit for the leaderboard.

    Raises:
        UserError: Nothing can be learned from the dataset: fewer than two classes, one without training samples, no
            val where one is needed, or inputs that are all the same or not finite; or the task's scores on val lack
            what is chosen by.
    """
    entry = model_entry(name)
    idle = idle_parameters(dataset, entry.sentences) | entry.idle(config)
    combinations = worth_trying(config.combinations_without(idle), dataset)
    train, val = dataset.part("train"), dataset.part("val")
    if not len(val) and (len(combinations) > 1 or entry.inputs == "features"):
        raise UserError(
            f"The {dataset.what} has no validation samples to choose by: raise corpus.val_share, or give more samples."
        )
    if not entry.sentences:  # of a vocabulary train decides
        check_classes(train.class_names, train.flat_t(), all_needed=train.targets.strata() is not None)
    fitted, rows = [], []
    # Of a single one there is nothing to count.
    bar_of_trials = progress(len(combinations), f"{name}: trials", "trial", disable=len(combinations) == 1)
    with measured(resolve_device(runtime)) as cost, bar_of_trials as bar:
        for number, chosen in enumerate(combinations):
            model = entry.build(config.with_chosen(chosen), runtime, task, backbone)
            row = _trial(model, train, val, runtime, checkpoint and checkpoint / str(number))
            check_val_scores(model.task, row, needed)
            fitted.append(model)
            rows.append({"trial": number, **{f"param.{k}": v for k, v in chosen.items()}, **row})
            bar.update()
        trials = pd.DataFrame(rows)
        best = best_trial(trials, fitted[0].task.choose_by)
        decided_by = {"dataset": dataset.digest, "seed": runtime.seed}
        record = _record(fitted[best], combinations[best], rows[best], len(trials), idle) | decided_by
        record |= _settled(fitted[best], val, on_val)
        if config.refit:
            record["fit_seconds"] += _refit(fitted[best], dataset.part("train", "val"), runtime)
    # Of a training that was interrupted, the fits took longer than this process has been at it.
    seconds = {"search_seconds": max(cost.seconds, record["fit_seconds"])}
    return fitted[best], trials, record | seconds | {"peak_memory_mb": cost.peak_memory_mb(fitted[best].device)}


def idle_parameters(dataset: Dataset, sentences: bool = False) -> frozenset[str]:
    """The parameters that say nothing of what the dataset holds, so that trying several decides nothing.

    ``sentences``: The model says sentences, so that it has tokens whatever it reads.
    """
    if not isinstance(dataset, FeatureDataset):
        counts = getattr(dataset, "counts", None)  # of frames
        return OF_SEVERAL_STEPS if sentences and counts is not None and counts().max(initial=1) == 1 else frozenset()
    of_other_inputs = OF_VECTORS if dataset.tokens else (frozenset() if sentences else OF_TOKENS)
    return of_other_inputs | (OF_SEVERAL_STEPS if dataset.mask.shape[1] == 1 else frozenset())


def worth_trying(combinations: list[dict[str, Any]], dataset: Dataset) -> list[dict[str, Any]]:
    """Where samples are short, those without values for long ones (`OF_MANY_STEPS`); all if none is left."""
    if not isinstance(dataset, FeatureDataset) or dataset.mask.shape[1] > MANY_STEPS:
        return combinations
    return [chosen for chosen in combinations if not chosen.items() & OF_MANY_STEPS.items()] or combinations


def _settled(model: Model, val: Dataset, on_val: OnVal) -> dict[str, Any]:
    """Tunes the model's task on val; the task, and from which confidence on its answers are sure (``sure_from``).

    Before it is fitted on val as well: it would be surer of that than of anything else.
    """
    whole = cache(lambda: model.predict_proba(val))
    model.task = model.task.tuned(val.targets, whole)
    right = []
    for part in parts_of(val, model) if len(val) else ():
        proba = whole() if part is val else model.predict_proba(part)
        answers = model.task.answers(proba)
        if model.task.per != "sentence":
            right.append(right_confidences(proba, answers, part.targets.t))
        on_val(part, proba, answers)
    threshold = sure_from(np.concatenate(right)) if right else None
    return {"task": {"name": model.task.name, **model.task.facts()}, "sure_from": threshold}


def _refit(model: Model, both: Dataset, runtime: RuntimeConfig) -> float:
    started_s = time.perf_counter()
    with computing(runtime):
        model.refit(both)
    return time.perf_counter() - started_s


def _trial(
    model: Model, train: Dataset, val: Dataset, runtime: RuntimeConfig, checkpoint: Path | None
) -> dict[str, float]:
    started_s = time.perf_counter()
    with computing(runtime):
        model.fit(train, val, checkpoint)
        seconds = time.perf_counter() - started_s
        if checkpoint is not None:
            seconds = model.history.attrs.pop(SECONDS, seconds)
        scores = scores_on(val, model)
        return {**{f"val_{name}": value for name, value in scores.items()}, "fit_seconds": seconds}


def _record(
    model: Model, chosen: dict[str, Any], row: dict[str, Any], trials: int, idle: frozenset[str]
) -> dict[str, Any]:
    return {
        "fit_seconds": float(row["fit_seconds"]),
        "trials": trials,
        **{name: float(value) for name, value in row.items() if name.startswith("val_")},
        "device": model.device,
        "description": model.description,
        "reads_order": model.reads_order,
        "trainable_parameters": model.parameters,
        "chosen": chosen,
        "parameters": model.config.model_dump(exclude={"grid", *idle}),
    }
