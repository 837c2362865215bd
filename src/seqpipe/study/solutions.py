"""Both solutions of transfer learning, each as a function from a target domain to one finished cell of the table.

First solution: the CNN is fine-tuned on the target domain. Second: it is a fixed extractor, and a new classifier
C' is trained on D'. Both are trained on the train split alone, so that neither has seen more samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sklearn
import torch

from seqpipe.config import ClassifierConfig, EvaluationConfig, FinetuneConfig, RuntimeConfig
from seqpipe.data.dataset import DPrime
from seqpipe.data.frame_cache import Frames
from seqpipe.data.memmap import MappedRows
from seqpipe.encoders.backbones import Backbone
from seqpipe.evaluation.predictions import predictions_table, split_metrics, test_metrics
from seqpipe.metrics.intervals import paired_difference
from seqpipe.models.base import Classifier
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.models.persist import save_classifier
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing, resolve_device
from seqpipe.study.cells import Cell, Cells
from seqpipe.study.costs import measured
from seqpipe.study.places import Place
from seqpipe.study.target import Target

FEATURES, FINE_TUNING = "features", "fine-tuning"
METRICS = ["accuracy", "accuracy_low", "accuracy_high", "macro_f1", "balanced_accuracy", "log_loss", "n_test"]
VERSION = 2
"""Raised when other models come of the same facts: the cells of before are left alone."""


@dataclass(frozen=True)
class Judge:
    """How every cell is judged: on the test split, in the same way."""

    evaluation: EvaluationConfig
    runtime: RuntimeConfig

    def scores(self, predictions: pd.DataFrame, samples: pd.DataFrame) -> dict[str, float]:
        """Of the predictions on test, and on val to choose by; the samples say which group each is of today."""
        rows = _grouped(predictions, samples)
        test = test_metrics(rows, self.evaluation, self.runtime.seed)
        val = split_metrics(rows[rows["split"] == "val"])
        return {name: test[name] for name in METRICS} | {f"val_{name}": value for name, value in val.items()}

    def gain(self, predictions: pd.DataFrame, reference: pd.DataFrame, samples: pd.DataFrame) -> dict[str, float]:
        """What it is ahead of the reference by on test, in accuracy, with its bootstrap interval over groups."""
        rows = _grouped(predictions[predictions["split"] == "test"], samples)
        other = rows["id"].map(reference.set_index("id")["correct"])
        how = self.evaluation
        ahead = paired_difference(
            rows["correct"], other, rows["group"], how.bootstrap, how.confidence, self.runtime.seed
        )
        return {"gain": ahead.mean, "gain_low": ahead.low, "gain_high": ahead.high}


def _grouped(predictions: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The predictions with the groups that the samples have today."""
    groups = samples.set_index("id")["group"].astype(str)
    return predictions.assign(group=predictions["id"].map(groups))


def circumstances(runtime: RuntimeConfig) -> dict[str, Any]:
    """What decides a cell beside the solution itself: where and by what it is computed, not how it is judged."""
    return {
        "version": VERSION,
        "runtime": runtime.model_dump(),
        "device": str(resolve_device(runtime)),
        "torch": str(torch.__version__),
        "scikit-learn": sklearn.__version__,
    }


def facts_of(dprime: DPrime) -> dict[str, Any]:
    """What of D' decides a training on it: what it holds, and how much of it may be in memory at once."""
    allowed = dprime.x.in_memory_bytes if isinstance(dprime.x, MappedRows) else None
    return {"dprime": dprime.digest, "in_memory_bytes": allowed}


def classifier_cell(kind: str, config: ClassifierConfig, dprime: DPrime, runtime: RuntimeConfig, cells: Cells) -> Cell:
    """Second solution: C' of this kind on D', chosen on val from its grid."""
    facts = {"kind": kind, "config": config.model_dump(), **facts_of(dprime), **circumstances(runtime)}
    known = cells.get(facts)
    if known is not None:
        return known
    with measured(resolve_device(runtime)) as cost:
        model, _, found = search(kind, config, dprime, runtime)
    fit = {
        "fit_seconds": found["fit_seconds"],
        "search_seconds": cost.seconds,
        "parameters": model.parameters,
        "trainable_parameters": model.parameters,
        "peak_memory_mb": cost.peak_memory_mb(model.device),
        "device": model.device,
        "chosen": json.dumps(found["chosen"]),
    }
    return cells.put(facts, fit, answered(model, dprime, "val", "test"), lambda folder: save_classifier(model, folder))


def classifier_row(kind: str, place: Place, dprime: DPrime, cell: Cell) -> dict[str, Any]:
    """Its row of the table but for the scores. To read x', the CNN runs once over the training frames."""
    return {
        "solution": kind,
        "kind": FEATURES,
        "backbone": place.backbone,
        "layer": place.layer,
        "pool": place.pool,
        "feature_size": dprime.x.shape[2],
        **cell.fit,
        "train_gflops": place.gflops * int(dprime.mask[dprime.splits == "train"].sum()),
    }


def answered(model: Classifier, dprime: DPrime, *splits: str) -> pd.DataFrame:
    """The table of a classifier's predictions on these splits."""
    part = dprime.part(*splits)
    proba = model.predict_proba(part.x, part.mask)
    return _table(part.ids, part.splits, part.groups, part.t, proba, part.class_names)


def finetune_cell(config: FinetuneConfig, backbone: Backbone, target: Target, frames: Frames, cells: Cells) -> Cell:
    """First solution: the CNN itself, trained by this strategy; interrupted, it goes on where it was."""
    facts = finetune_facts(config, backbone, target)
    known = cells.get(facts)
    if known is not None:
        return known
    train, val = (target.labelled(frames, split) for split in ("train", "val"))
    model = FineTuned(config, backbone, target.runtime)
    with cells.checkpoint(facts) as checkpoint:
        with measured(resolve_device(target.runtime)) as cost, computing(target.runtime):
            model.fit(train, val, checkpoint)
        fit = {
            "fit_seconds": model.seconds,
            "search_seconds": model.seconds,
            "parameters": model.costs.parameters,
            "trainable_parameters": model.costs.trainable_parameters,
            "peak_memory_mb": cost.peak_memory_mb(model.device),
            "device": model.device,
            "chosen": "{}",
            "train_gflops": model.costs.step_flops / 1e9 * int(train.drawn(config.frames).sum()) * len(model.history),
        }
        return cells.put(facts, fit, judged(model, target, frames, "val", "test"), model.write)


def finetune_row(strategy: str, backbone: str, cell: Cell) -> dict[str, Any]:
    """Its row of the table but for the scores."""
    nowhere = {"layer": "", "pool": "", "feature_size": 0}
    return {"solution": strategy, "kind": FINE_TUNING, "backbone": backbone, **nowhere, **cell.fit}


def finetune_facts(config: FinetuneConfig, backbone: Backbone, target: Target) -> dict[str, Any]:
    """Whatever decides a fine-tuning."""
    return {
        "kind": "finetune",
        "config": config.deciding(),
        "backbone": backbone.fingerprint,
        "target": target.digest,
        **circumstances(target.runtime),
    }


def judged(model: FineTuned, target: Target, frames: Frames, *splits: str) -> pd.DataFrame:
    """The table of a fine-tuned CNN's predictions on these splits."""
    rows = target.samples.iloc[target.rows(*splits)]
    data = target.labelled(frames, *splits)
    proba = model.predict_proba(data)
    return _table(rows["id"], rows["split"], rows["group"], data.t, proba, data.class_names)


def _table(
    ids: Iterable[str],
    splits: Iterable[str],
    groups: Iterable[str],
    t: np.ndarray,
    proba: np.ndarray,
    names: Sequence[str],
) -> pd.DataFrame:
    return predictions_table(list(ids), list(splits), list(groups), t, proba, names)
