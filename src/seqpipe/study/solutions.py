"""Both solutions of transfer learning, as one function from a solution and its dataset to a finished cell of the table.

First solution: the CNN is fine-tuned on the target domain. Second: it is a fixed extractor, and a new classifier
C' is trained on D'. Both are trained on the train split alone, so that neither has seen more samples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import FinetuneConfig, ModelConfig, RuntimeConfig
from seqpipe.data.base import Dataset
from seqpipe.encoders.backbones import Backbone
from seqpipe.evaluation.base import answered
from seqpipe.models.base import Model
from seqpipe.models.facts import training_facts
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.models.persist import save_model
from seqpipe.models.registry import model_entry
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing
from seqpipe.study.feature_specs import FeatureSpec
from seqpipe.study.run_store import CachedRun, RunStore
from seqpipe.tasks.classification import CLASSIFICATION

FEATURES, FINE_TUNING = "features", "fine-tuning"


@dataclass(frozen=True, eq=False)
class Solution:
    """What is trained on the target domain.

    Attributes:
        name: What it is called in the table: a kind of classifier, or a strategy of fine-tuning.
        model: Its kind in the registry.
        config: Its parameters.
        data: What it is trained on and asked: the D' of a place, or the frames as its backbone reads them.
        backbone: What the backbone is called.
        begin: The backbone, where the model begins from it: the first solution.
        spec: Where x' is read: the second solution.
    """

    name: str
    model: str
    config: ModelConfig
    data: Dataset
    backbone: str
    begin: Backbone | None = None
    spec: FeatureSpec | None = None

    def key(self, runtime: RuntimeConfig) -> dict[str, Any]:
        """Whatever decides its training."""
        return training_facts(self.model, self.config, self.data, runtime, CLASSIFICATION, self.begin)

    def unfitted(self, runtime: RuntimeConfig) -> Model:
        """A model of it that has learned nothing yet."""
        return model_entry(self.model).build(self.config, runtime, backbone=self.begin)

    def identity(self) -> dict[str, Any]:
        """What it is, in the columns of the table."""
        if self.spec is None:
            where: dict[str, Any] = {"layer": "", "pool": "", "feature_size": 0}
        else:
            size = self.data.x.shape[2]  # type: ignore[attr-defined]
            where = {"layer": self.spec.layer, "pool": self.spec.pool, "feature_size": size}
        kind = FINE_TUNING if self.spec is None else FEATURES
        return {"solution": self.name, "kind": kind, "backbone": self.backbone, **where}


def fitted_run(solution: Solution, runtime: RuntimeConfig, run_store: RunStore) -> CachedRun:
    """The solution, trained and chosen on val from its grid; interrupted, it goes on where it was."""
    key = solution.key(runtime)
    known = run_store.get(key)
    if known is not None:
        return known
    with run_store.checkpoint(key) as checkpoint:
        model, _, record = search(
            solution.model,
            solution.config,
            solution.data,
            runtime,
            backbone=solution.begin,
            checkpoint=checkpoint,
        )
        fit = {
            "fit_seconds": record["fit_seconds"],
            "search_seconds": record["search_seconds"],
            **_sizes(model),
            "peak_memory_mb": record["peak_memory_mb"],
            "device": model.device,
            "chosen": json.dumps(record["chosen"]),
            "train_gflops": _train_gflops(solution, model),
        }
        predictions = answered(model, solution.data.part("val", "test"))
        return run_store.put(key, fit, predictions, lambda folder: save_model(model, folder))


def _sizes(model: Model) -> dict[str, int]:
    """Numbers that it holds, and those of them that training has chosen: of a classifier on D' all."""
    held = model.costs.parameters if isinstance(model, FineTuned) else model.parameters
    return {"parameters": held, "trainable_parameters": model.parameters}


def _train_gflops(solution: Solution, model: Model) -> float:
    """Of the CNN: to read x' it runs once over the training frames, to be fine-tuned once an epoch, and back."""
    train: Any = solution.data.part("train")
    if solution.spec is not None:
        return solution.spec.gflops * int(train.mask.sum())
    assert isinstance(model, FineTuned)
    return model.costs.step_flops / 1e9 * int(train.counts(model.config.frames).sum()) * len(model.history)


def few_samples_run(solution: Solution, rows: np.ndarray, runtime: RuntimeConfig, run_store: RunStore) -> pd.DataFrame:
    """The predictions on test of the solution trained on some rows of the train split alone."""
    key = {**solution.key(runtime), "rows": rows.tolist()}
    known = run_store.get(key)
    return (known or run_store.put(key, {}, _trained_on(solution, rows, runtime))).predictions


def _trained_on(solution: Solution, rows: np.ndarray, runtime: RuntimeConfig) -> pd.DataFrame:
    data, model = solution.data, solution.unfitted(runtime)
    # What is fine-tuned to the end needs no val, which would be larger than the training set.
    val = data.part("val") if solution.begin is None else None
    with computing(runtime):
        model.fit(data.part("train").take(rows), val)
    return answered(model, data.part("test"))


def as_chosen(solution: Solution, chosen: str) -> Solution:
    """With the setting that val chose in the grid: with a handful of samples there is nothing left to choose by.

    What is given outright today is not in the grid, and stays; a CNN is trained to the end.
    """
    config = solution.config
    if isinstance(config, FinetuneConfig):
        training = config.training.model_copy(update={"patience": None, "keep": "last"})
        return replace(solution, config=config.model_copy(update={"training": training}))
    picked = {name: value for name, value in json.loads(chosen).items() if name in config.grid}
    return replace(solution, config=config.with_chosen(picked))
