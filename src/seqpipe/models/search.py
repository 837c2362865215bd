"""Hyper-parameter search: every combination of a small grid is fitted on train, the best on val stays."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.progress import progress
from seqpipe.models.checks import check_classes
from seqpipe.models.registry import kind
from seqpipe.runtime.devices import computing
from seqpipe.training.selection import best_trial

if TYPE_CHECKING:
    from seqpipe.config import ClassifierConfig, RuntimeConfig
    from seqpipe.data.dataset import DPrime
    from seqpipe.models.base import Classifier
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)


def search(
    name: str, config: ClassifierConfig, dprime: DPrime, runtime: RuntimeConfig, task: Task | None = None
) -> tuple[Classifier, pd.DataFrame, dict[str, Any]]:
    """Fits a classifier of kind ``name`` for every combination of ``config.grid`` and keeps the best.

    The best has the highest macro F1 on val; ties go to the lower log loss, then to the earlier trial. The
    test split is not touched.

    Returns:
        the best classifier; a table of the trials (``trial``, ``param.*``, ``val_*``, ``fit_seconds``);
        a record of the fit for the leaderboard.

    Raises:
        UserError: Nothing can be learned from D': fewer than two classes, one without training samples, no val, or
            features that are all the same or not finite.
    """
    train, val = dprime.part("train"), dprime.part("val")
    if not len(val):
        raise UserError("D' has no validation samples to choose by: raise corpus.val_share, or give more samples.")
    check_classes(train.class_names, train.targets.flat(train.mask), all_needed=train.targets.strata() is not None)
    started_s = time.perf_counter()
    fitted, rows = [], []
    combinations = config.combinations()
    with progress(len(combinations), f"{name}: trials", "trial") as bar:
        for number, chosen in enumerate(combinations):
            classifier = kind(name).make(config.with_chosen(chosen), runtime, task)
            row = _trial(classifier, train, val, runtime)
            fitted.append(classifier)
            rows.append({"trial": number, **{f"param.{k}": v for k, v in chosen.items()}, **row})
            bar.update()
    trials = pd.DataFrame(rows)
    best = best_trial(trials)
    decided_by = {"dprime": dprime.digest, "seed": runtime.seed}
    record = _record(fitted[best], combinations[best], rows[best], len(trials)) | decided_by
    fitted[best].task = fitted[best].task.tuned(val.targets, lambda: fitted[best].predict_proba(val.x, val.mask))
    if config.refit:
        refit_s = _refit(fitted[best], dprime.part("train", "val"), runtime)
        record["fit_seconds"] += refit_s
    return fitted[best], trials, record | {"search_seconds": time.perf_counter() - started_s}


def _refit(classifier: Classifier, both: DPrime, runtime: RuntimeConfig) -> float:
    started_s = time.perf_counter()
    with computing(runtime):
        classifier.refit(both)
    return time.perf_counter() - started_s


def _trial(classifier: Classifier, train: DPrime, val: DPrime, runtime: RuntimeConfig) -> dict[str, float]:
    started_s = time.perf_counter()
    with computing(runtime):
        classifier.fit(train, val)
        seconds = time.perf_counter() - started_s
        scores = classifier.task.val_scores(val.targets, classifier.predict_proba(val.x, val.mask))
        return {**{f"val_{name}": value for name, value in scores.items()}, "fit_seconds": seconds}


def _record(classifier: Classifier, chosen: dict[str, Any], row: dict[str, Any], trials: int) -> dict[str, Any]:
    return {
        "fit_seconds": float(row["fit_seconds"]),
        "trials": trials,
        "val_accuracy": float(row["val_accuracy"]),
        "val_macro_f1": float(row["val_macro_f1"]),
        "device": classifier.device,
        "description": classifier.description,
        "reads_order": classifier.reads_order,
        "chosen": chosen,
        "parameters": classifier.config.model_dump(exclude={"grid"}),
    }
