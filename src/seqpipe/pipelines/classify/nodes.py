"""Nodes of ``classify``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqpipe.config import ClassifierConfig, EvaluationConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import check_agree, lineage_of
from seqpipe.models.registry import KINDS
from seqpipe.pipelines.types import FeatureDataset, FittedClassifier, ModelResults, Table


def train_node(kind: str) -> Callable[..., Any]:
    """The training node of a kind of classifier.

    Its annotation names the kind's own parameters, by which Kedro checks them.
    """

    def train(
        dprime: FeatureDataset, config: ClassifierConfig, runtime: RuntimeConfig
    ) -> tuple[FittedClassifier, Table, Table, dict[str, Any]]:
        from seqpipe.models.search import search

        model, trials, fit = search(kind, config, dprime, runtime)
        return model, trials, model.history, fit

    train.__annotations__["config"] = KINDS[kind].config
    return train


def evaluate(
    model: FittedClassifier,
    fit: dict[str, Any],
    trials: Table,
    history: Table,
    dprime: FeatureDataset,
    samples: Table,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
) -> ModelResults:
    """Reads the test split, once: predictions, metrics and figures."""
    from seqpipe.evaluation.by_task import evaluation_of
    from seqpipe.evaluation.figures.classification import model_figures
    from seqpipe.evaluation.predictions import predictions_table
    from seqpipe.evaluation.results import Results
    from seqpipe.metrics.classification import accuracy
    from seqpipe.models.base import predict_backwards

    check_agree({"samples": lineage_of(samples), "dprime": dprime.lineage})
    if fit["dprime"] != dprime.digest:
        raise UserError("This model was trained on another D' than the one on disk now: begin with its `train`.")
    test = dprime.part("test")
    proba = model.predict_proba(test.x, test.mask)
    predictions = predictions_table(test.ids, test.splits, test.groups, test.t, proba, test.class_names)
    metrics = evaluation_of(model.task.name).metrics(predictions, evaluation, runtime.seed, fit)
    reversed_proba = predict_backwards(model, test.x, test.mask)
    metrics["accuracy_backwards"] = accuracy(test.t, reversed_proba.argmax(axis=1))
    figures = model_figures(predictions, trials, history, samples, evaluation, dprime.clip_times_s())
    return Results(fit, metrics, predictions, figures, evaluation.model_dump())
