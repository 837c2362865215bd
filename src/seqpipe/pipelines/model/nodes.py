"""Nodes of ``model``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from seqpipe.config import EvaluationConfig, ModelConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import check_agree, lineage_of, with_lineage
from seqpipe.models.registry import KINDS
from seqpipe.pipelines.types import BackboneRecord, FittedModel, ModelResults, Samples, Table

FIT = "fit"
"""The key in the ``attrs`` of predictions: which fit they are of."""


def train_node(kind: str) -> Callable[..., Any]:
    """The training node of a kind of model.

    Its annotation names the kind's own parameters, by which Kedro checks them.
    """

    def train(
        dataset: Samples,
        config: ModelConfig,
        runtime: RuntimeConfig,
        backbone: BackboneRecord = None,
        checkpoints: Path | None = None,
    ) -> tuple[FittedModel, Table, Table, dict[str, Any]]:
        from seqpipe.models.facts import training_facts
        from seqpipe.models.search import search
        from seqpipe.training.checkpoint import unfinished

        facts = training_facts(kind, config, dataset, runtime, backbone)
        with nullcontext() if checkpoints is None else unfinished(checkpoints, facts) as checkpoint:
            model, trials, fit = search(kind, config, dataset, runtime, backbone=backbone, checkpoint=checkpoint)
        return model, trials, model.history, fit

    train.__annotations__["config"] = KINDS[kind].config
    return train


def predict(model: FittedModel, fit: dict[str, Any], dataset: Samples, runtime: RuntimeConfig) -> Table:
    """Reads the test split, once: what the model answers, and all that judging it takes."""
    from seqpipe.evaluation.by_task import answered_both_ways
    from seqpipe.evaluation.results import fit_digest

    if fit.get("dataset") != dataset.digest:
        raise UserError(
            f"This model was trained on another {dataset.what} than the one on disk now: begin with its `train`."
        )
    table = answered_both_ways(_answering(model, runtime), dataset.part("test"))
    table.attrs[FIT] = fit_digest(fit)
    return with_lineage(table, dataset.lineage)


def _answering(model: FittedModel, runtime: RuntimeConfig) -> FittedModel:
    """A CNN answers where the parameters say, a classifier on the CPU: it is quick anywhere."""
    return model.answering(runtime) if KINDS[model.kind].inputs == "frames" else model


def check_of_this_fit(predictions: Table, fit: dict[str, Any]) -> None:
    """Raises a UserError where the predictions on disk are of another model than what is told of a fit."""
    from seqpipe.evaluation.results import fit_digest

    if predictions.attrs.get(FIT) != fit_digest(fit):
        raise UserError("These predictions are of another model than the one on disk now: begin with its `predict`.")


def evaluate(
    predictions: Table,
    fit: dict[str, Any],
    trials: Table,
    history: Table,
    samples: Table,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
) -> ModelResults:
    """What the predictions on disk say: metrics and figures."""
    from seqpipe.evaluation.by_task import evaluation_of
    from seqpipe.evaluation.figures.classification import model_figures
    from seqpipe.evaluation.results import Results

    check_agree({"samples": lineage_of(samples), "predictions": lineage_of(predictions)})
    check_of_this_fit(predictions, fit)
    metrics = evaluation_of("classification").metrics(predictions, evaluation, runtime.seed, fit)
    times_s = dict(zip(predictions["id"], predictions["times_s"], strict=True))
    figures = model_figures(predictions, trials, history, samples, evaluation, times_s)
    return Results(fit, metrics, predictions, figures, evaluation.model_dump())


def explain(model: FittedModel, predictions: Table, dataset: Samples, runtime: RuntimeConfig) -> dict[str, bytes]:
    """Where a CNN sees its answers, on the test samples that it is surest of."""
    from seqpipe.evaluation.figures.gradcam import gradcam

    return gradcam(_answering(model, runtime), predictions, dataset)
