"""Both solutions of transfer learning, each as a function from a target domain to one finished cell of the table.

First solution: the CNN is fine-tuned on the target domain. Second: it is a fixed extractor, and a new classifier
C' is trained on D'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import accuracy_score

from seqpipe.config import ClassifierConfig, EvaluationConfig, FinetuneConfig, RuntimeConfig
from seqpipe.devices import computing, resolve_device
from seqpipe.evaluation.metrics import predictions_table, test_metrics
from seqpipe.features.backbones import Backbone
from seqpipe.features.dprime import DPrime
from seqpipe.features.frame_cache import Frames
from seqpipe.models.finetuned import FineTuned
from seqpipe.models.persist import save_classifier
from seqpipe.models.search import search
from seqpipe.transfer.cells import Cell, Cells
from seqpipe.transfer.costs import measured
from seqpipe.transfer.places import Place
from seqpipe.transfer.target import Target

FEATURES, FINE_TUNING = "features", "fine-tuning"
METRICS = ["accuracy", "accuracy_low", "accuracy_high", "macro_f1", "balanced_accuracy", "log_loss", "n_test"]


@dataclass(frozen=True)
class Judge:
    """How every cell is judged: on the test split, in the same way."""

    evaluation: EvaluationConfig
    runtime: RuntimeConfig

    def facts(self) -> dict[str, Any]:
        """What decides a cell beside the solution itself."""
        return {
            "evaluation": self.evaluation.model_dump(),
            "runtime": self.runtime.model_dump(),
            "device": str(resolve_device(self.runtime)),
            "torch": str(torch.__version__),
        }

    def metrics(self, predictions: pd.DataFrame) -> dict[str, float]:
        scores = test_metrics(predictions, self.evaluation, self.runtime.seed)
        return {name: scores[name] for name in METRICS}


def classifier_cell(
    kind: str, config: ClassifierConfig, dprime: DPrime, place: Place, judge: Judge, cells: Cells
) -> Cell:
    """Second solution: C' of this kind on D', chosen on val from its grid."""
    facts = {"kind": kind, "config": config.model_dump(), "dprime": dprime.digest, **judge.facts()}
    known = cells.get(facts)
    if known is not None:
        return known
    with measured(resolve_device(judge.runtime)) as cost:
        model, _, fit = search(kind, config, dprime, judge.runtime)
    test = dprime.part("test")
    proba = model.predict_proba(test.x, test.mask)
    predictions = _table(test.ids, test.splits, test.groups, test.t, proba, test.class_names)
    frames = int(dprime.mask[dprime.splits == "train"].sum())
    row = {
        "solution": kind,
        "kind": FEATURES,
        "backbone": place.backbone,
        "layer": place.layer,
        "pool": place.pool,
        "feature_size": dprime.x.shape[2],
        **judge.metrics(predictions),
        "val_accuracy": fit["val_accuracy"],
        "fit_seconds": fit["fit_seconds"],
        "search_seconds": cost.seconds,
        "parameters": model.parameters,
        "trainable_parameters": model.parameters,
        "peak_memory_mb": cost.peak_memory_mb,
        "train_gflops": place.gflops * frames,
        "device": model.device,
        "chosen": ", ".join(f"{name}={value}" for name, value in fit["chosen"].items()),
    }
    return cells.put(facts, row, predictions, lambda folder: save_classifier(model, folder))


def finetune_cell(
    config: FinetuneConfig, backbone: Backbone, target: Target, frames: Frames, judge: Judge, cells: Cells
) -> Cell:
    """First solution: the CNN itself, trained by this strategy; interrupted, it goes on where it was."""
    facts = finetune_facts(config, backbone, target, judge)
    known = cells.get(facts)
    if known is not None:
        return known
    with measured(resolve_device(judge.runtime)) as cost:
        model = finetuned(config, backbone, target, frames, judge, cells)
    train, val = (target.labelled(frames, split) for split in ("train", "val"))
    predictions = judged(model, target, frames, "test")
    counts = [frames.count(row) for row in train.rows]
    seen = sum(min(count, config.frames or count) for count in counts)
    row = {
        "solution": config.strategy,
        "kind": FINE_TUNING,
        "backbone": backbone.name,
        "layer": "",
        "pool": "",
        "feature_size": 0,
        **judge.metrics(predictions),
        "val_accuracy": float(accuracy_score(val.t, model.predict_proba(val).argmax(1))),
        "fit_seconds": cost.seconds,
        "search_seconds": cost.seconds,
        "parameters": model.costs.parameters,
        "trainable_parameters": model.costs.trainable_parameters,
        "peak_memory_mb": cost.peak_memory_mb,
        "train_gflops": model.costs.step_flops / 1e9 * seen * len(model.history),
        "device": model.device,
        "chosen": "",
    }
    return cells.put(facts, row, predictions, model.write)


def finetune_facts(config: FinetuneConfig, backbone: Backbone, target: Target, judge: Judge) -> dict[str, Any]:
    """Whatever decides a fine-tuning."""
    return {
        "kind": "finetune",
        "config": config.model_dump(),
        "backbone": backbone.fingerprint,
        "target": target.digest,
        **judge.facts(),
    }


def finetuned(
    config: FinetuneConfig, backbone: Backbone, target: Target, frames: Frames, judge: Judge, cells: Cells
) -> FineTuned:
    """The CNN trained on the target's train split; one that was interrupted goes on from its checkpoint."""
    model = FineTuned(config, backbone, judge.runtime)
    train, val = (target.labelled(frames, split) for split in ("train", "val"))
    facts = finetune_facts(config, backbone, target, judge)
    with cells.checkpoint(facts) as checkpoint, computing(judge.runtime):
        model.fit(train, val, checkpoint)
    return model


def judged(model: FineTuned, target: Target, frames: Frames, split: str) -> pd.DataFrame:
    """The table of predictions of a split."""
    rows = target.samples.iloc[target.rows(split)]
    data = target.labelled(frames, split)
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
