"""Nodes of ``finetune``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqpipe.config import ClipConfig, EvaluationConfig, FinetuneConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.pipelines.types import BackboneRecord, FineTunedModel, ModelResults, Table


def train(
    samples: Table,
    backbone: BackboneRecord,
    frame_cache: Path,
    checkpoints: Path,
    finetune: FinetuneConfig,
    clip: ClipConfig,
    runtime: RuntimeConfig,
) -> tuple[FineTunedModel, Table, dict[str, Any]]:
    """The CNN, trained on the target domain; a training that was interrupted goes on."""
    from seqpipe.evaluation.predictions import split_metrics
    from seqpipe.models.finetune.finetuned import FineTuned
    from seqpipe.runtime.devices import computing
    from seqpipe.study.cells import Cells
    from seqpipe.study.solutions import finetune_facts, judged
    from seqpipe.study.target import Target

    target = Target(samples, frame_cache, clip, runtime)
    frames = target.frames(backbone)
    model = FineTuned(finetune, backbone, runtime)
    facts = finetune_facts(finetune, backbone, target)
    with Cells(checkpoints).checkpoint(facts) as checkpoint, computing(runtime):
        model.fit(target.labelled(frames, "train"), target.labelled(frames, "val"), checkpoint)
        val = judged(model, target, frames, "val")
    fit = {
        "fit_seconds": model.seconds,
        "trials": 1,
        "val_accuracy": split_metrics(val)["accuracy"],
        "device": model.device,
        "description": model.description,
        "reads_order": model.reads_order,
        "trainable_parameters": model.costs.trainable_parameters,
        "parameters": finetune.model_dump(),
        "target": target.digest,
        "seed": runtime.seed,
    }
    return model, model.history, fit


def evaluate(
    model: FineTunedModel,
    fit: dict[str, Any],
    history: Table,
    samples: Table,
    frame_cache: Path,
    clip: ClipConfig,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
) -> ModelResults:
    """Reads the test split, once: predictions, metrics and figures."""
    from seqpipe.evaluation.figures.classification import model_figures
    from seqpipe.evaluation.predictions import test_metrics
    from seqpipe.evaluation.results import Results
    from seqpipe.study.figures import gradcam
    from seqpipe.study.solutions import judged
    from seqpipe.study.target import Target

    target = Target(samples, frame_cache, clip, runtime)
    if fit["target"] != target.digest:
        raise UserError("This CNN was trained on other samples or frames (`clip`) than these: begin with its `train`.")
    frames = target.frames(model.backbone)
    predictions = judged(model.answering(runtime), target, frames, "test")
    figures = model_figures(predictions, None, history, samples, evaluation, target.clip_times_s())
    return Results(
        fit,
        test_metrics(predictions, evaluation, runtime.seed),
        predictions,
        figures | gradcam(model, predictions, target, frames),
        evaluation.model_dump(),
    )
