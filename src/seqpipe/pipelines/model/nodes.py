"""Nodes of ``model``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from seqpipe.config import EvaluationConfig, ModelConfig, RuntimeConfig, Stage
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import check_agree, lineage_of, with_lineage
from seqpipe.models.registry import MODELS
from seqpipe.pipelines.types import BackboneRecord, FittedModel, ModelResults, Picture, Samples, Table
from seqpipe.tasks.registry import task_entry


def train(
    dataset: Samples,
    runtime: RuntimeConfig,
    backbone: BackboneRecord = None,
    checkpoints: Path | None = None,
    *,
    model: str,
    task: str,
    **groups: Stage,
) -> tuple[FittedModel, Table, Table, dict[str, Any], Table]:
    """Trains a model for a task; one that was interrupted goes on, where a folder for ``checkpoints`` is given.

    With it come its answers to val, of before it was fitted on val as well: what is chosen later is chosen by these.

    Args:
        dataset: What the model reads.
        model, task: Their names, which the wiring decides.
        groups: By name, the parameters of the model, or of the task, which has some for the model.
    """
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.models.facts import training_facts
    from seqpipe.models.search import search
    from seqpipe.training.checkpoint import unfinished

    config = model_config(model, task, groups)
    val: list[Table] = []
    made = task_entry(task).task_class().on(dataset, groups.get(task))
    facts = training_facts(model, config, dataset, runtime, made, backbone)
    with nullcontext() if checkpoints is None else unfinished(checkpoints, facts) as checkpoint:
        fitted, trials, fit = search(
            *(model, config, dataset, runtime, made),
            backbone=backbone,
            checkpoint=checkpoint,
            needed=evaluation_of(task).primary.key,
            on_val=lambda *answered: val.append(evaluation_of(task).predictions(*answered)),
        )
    return fitted, trials, fitted.history, fit, _of_val(val, dataset, model, fit)


def _of_val(val: list[Table], dataset: Samples, model: str, fit: dict[str, Any]) -> Table:
    """The table of answers to val, which says whose they are; without a row where there is no val."""
    import pandas as pd

    from seqpipe.evaluation.results import FIT, MODEL, RECORD, fit_digest

    table = pd.concat(val, ignore_index=True) if val else pd.DataFrame({"id": []})
    table.attrs |= {FIT: fit_digest(fit), RECORD: fit, MODEL: model}
    return with_lineage(table, dataset.lineage)


def model_config(model: str, task: str, groups: Mapping[str, Any]) -> ModelConfig:
    """The parameters of a model for a task: those that the task has for it, else the model's own.

    Of these, what decides nothing where each step is answered is left out, in the grid as well.
    """
    entry = task_entry(task)
    wanted = MODELS[model].config_of(entry.per)
    config = getattr(groups[task], model) if entry.own_block(model) else groups[model]
    if isinstance(config, wanted):
        return config
    values = config.model_dump(include=set(wanted.model_fields))
    grid = {key: tried for key, tried in config.grid.items() if key.split(".")[0] in wanted.model_fields}
    return wanted.model_validate(values | {"grid": grid})


def predict(model: FittedModel, fit: dict[str, Any], dataset: Samples, runtime: RuntimeConfig) -> Table:
    """Reads the test split, once: what the model answers, and all that judging it takes."""
    from seqpipe.evaluation.base import answered_both_ways, evaluation_of
    from seqpipe.evaluation.results import FIT, fit_digest

    if fit.get("dataset") != dataset.digest:
        raise UserError(
            f"This model was trained on another {dataset.what} than the one on disk now: begin with its `train`."
        )
    table = answered_both_ways(_answering(model, runtime), dataset.part("test"))
    table = evaluation_of(model.task.name).with_train(table, dataset)
    table.attrs[FIT] = fit_digest(fit)
    return with_lineage(table, dataset.lineage)


def _answering(model: FittedModel, runtime: RuntimeConfig) -> FittedModel:
    """A CNN answers where the parameters say, a classifier on the CPU: it is quick anywhere."""
    return model.answering(runtime) if MODELS[model.kind].inputs == "frames" else model


def check_of_this_fit(predictions: Table, fit: dict[str, Any], what: str = "predictions") -> None:
    """Raises a UserError where the predictions, or ``what`` was made of them, are of another model than the fit."""
    from seqpipe.evaluation.results import FIT, fit_digest

    if predictions.attrs.get(FIT) != fit_digest(fit):
        raise UserError(f"These {what} are of another model than the one on disk now: begin with its `predict`.")


def evaluate(
    predictions: Table,
    fit: dict[str, Any],
    trials: Table,
    history: Table,
    samples: Table,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
    annotations: Table = None,
    *,
    task: str,
) -> ModelResults:
    """What the predictions on disk say: metrics, and what is to be used elsewhere."""
    from seqpipe.evaluation.base import Judged, check_metrics, evaluation_of
    from seqpipe.evaluation.results import Results

    check_agree({"samples": lineage_of(samples), "predictions": lineage_of(predictions)})
    check_of_this_fit(predictions, fit)
    of = evaluation_of(task)
    metrics = of.metrics(predictions, evaluation, runtime.seed, fit)
    check_metrics(task, metrics)
    judged = Judged(predictions, fit, trials, history, samples, annotations, evaluation)
    return Results(fit, metrics, predictions, evaluation.model_dump(), of.exports(judged))


def draw(
    results: ModelResults,
    fit: dict[str, Any],
    trials: Table,
    history: Table,
    samples: Table,
    annotations: Table = None,
    *,
    task: str,
) -> dict[str, Picture]:
    """The figures of what was judged, with the parameters that it was judged with; each says of which results it is."""
    from seqpipe.evaluation.base import Judged, check_figures, evaluation_of
    from seqpipe.evaluation.figures.mark import marked
    from seqpipe.evaluation.results import results_digest

    check_agree({"samples": lineage_of(samples), "results": lineage_of(results.predictions)})
    check_of_this_fit(results.predictions, fit, "results")
    config = EvaluationConfig.model_validate(results.evaluation)
    judged = Judged(results.predictions, fit, trials, history, samples, annotations, config)
    figures = evaluation_of(task).figures(judged)
    check_figures(task, figures)
    return {name: marked(png, results_digest(results)) for name, png in figures.items()}


def explain(model: FittedModel, predictions: Table, dataset: Samples, runtime: RuntimeConfig) -> dict[str, bytes]:
    """Where a CNN sees its answers, on the test samples that it is surest of."""
    from seqpipe.evaluation.figures.gradcam import gradcam

    return gradcam(_answering(model, runtime), predictions, dataset)
