"""Wiring of ``lrcn``."""

from collections.abc import Mapping

from kedro.pipeline import Pipeline, pipeline

from seqpipe.models.registry import MODELS
from seqpipe.pipelines.compare.pipeline import create_pipeline as compare
from seqpipe.pipelines.finetune.pipeline import cached_frames
from seqpipe.pipelines.model.pipeline import JUDGING
from seqpipe.pipelines.model.pipeline import steps as model_steps
from seqpipe.tasks.registry import DEFAULT_TASK

SHARED = {"samples", "backbone", "frame_cache", "checkpoints"}


def create_pipeline(stages: Pipeline, classifiers: Mapping[str, Pipeline], model: str) -> Pipeline:
    """D' -> the classifiers beside the model; frames of the same samples -> the model; all of them -> leaderboard.

    Args:
        stages: From the corpus to D', as a `kedro run` has them: samples, backbone and D' are those of the project.
        classifiers: By its name, the pipeline of each classifier on D'.
        model: One that reads frames and names others ``beside`` it.
    """
    beside = MODELS[model].beside
    steps = cached_frames() + model_steps(model, DEFAULT_TASK)
    own = pipeline(steps, namespace=model, inputs=SHARED, parameters={*JUDGING, "params:clip", f"params:{model}"})
    return sum((classifiers[kind] for kind in beside), stages + own) + _compared((*beside, model), model)


def _compared(models: tuple[str, ...], model: str) -> Pipeline:
    """Their leaderboard lies beside that of a `kedro run`, which is of other models."""
    steps = compare(models, DEFAULT_TASK, frames=f"{model}.frame_dataset")
    return pipeline(steps, namespace=f"{model}_compared", inputs=set(steps.inputs()))
