"""Wiring of ``task``."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.config import Stage
from seqpipe.media.embedded.registry import parameter_models
from seqpipe.models.registry import MODELS, Inputs, kinds_reading
from seqpipe.pipelines.backbone.pipeline import create_pipeline as backbone
from seqpipe.pipelines.compare.pipeline import create_pipeline as compare
from seqpipe.pipelines.ingest.pipeline import MODALITIES
from seqpipe.pipelines.ingest.pipeline import create_pipeline as ingest
from seqpipe.pipelines.inputs import by_name, parameters, with_parameters
from seqpipe.pipelines.model.pipeline import JUDGING, model_parameters, steps
from seqpipe.pipelines.task.nodes import (
    build_targets,
    cache_task_frames,
    extract_steps,
    list_annotated,
    probe_annotated,
)
from seqpipe.tasks.registry import TaskEntry, finetuned, task_entry

SHARED = {"embedded_folder", "probe_cache", "source_cache", "feature_store"}
OF_FRAMES = {"frame_cache", "checkpoints"}


def create_pipeline(task: str, frames: bool = False) -> Pipeline:
    """samples, annotations -> D' with the task's targets -> models -> results -> report; all of it lies apart.

    With ``frames`` also the models that are trained on the frames of the same samples, all of them in a leaderboard
    and a report of their own: `finetuned` is their namespace.
    """
    entry = task_entry(task)
    of_frames = models_of(entry, "frames") if frames else []
    models = models_of(entry) + of_frames
    data = (
        (_annotated(task) if entry.reads == "annotations" else ingest(entry.corpus, task))
        + backbone(task)
        + _features(task)
        + (_frames(task) if of_frames else Pipeline([]))
    )
    judged = sum((_model(model, task) for model in models), Pipeline([]))
    compared = compare(models, task, frames="frame_dataset" if of_frames else None)
    if not of_frames:
        return _apart(data + judged + compared, task, SHARED)
    made = _apart(data + judged, task, SHARED | OF_FRAMES)
    of_task = {name: f"{task}.{name}" for name in compared.inputs()}
    return made + pipeline(compared, namespace=finetuned(task), inputs=of_task)


def _apart(steps: Pipeline, namespace: str, shared: set[str]) -> Pipeline:
    given = {name for name in steps.inputs() if name.startswith("params:")}
    return pipeline(steps, namespace=namespace, inputs=shared, parameters=given)


def models_of(entry: TaskEntry, inputs: Inputs = "features") -> list[str]:
    """The models that a run trains for the task: of those that have a head for it the default ones, and its own."""
    kinds = kinds_reading(inputs, entry.per)
    return [name for name, of in kinds.items() if of.default or entry.own_block(name)]


def _own(task: str) -> dict[str, type[Stage]]:
    """The group of the task's own parameters, where it has any."""
    config = task_entry(task).config
    return {} if config is None else {task: config}


def _annotated(task: str) -> Pipeline:
    """corpus -> listing, marks -> samples, annotations and quarantine."""
    groups = parameter_models("annotations") | MODALITIES | _own(task)
    listing = by_name("params:corpus", "params:runtime", "embedded_folder", *parameters(groups))
    reading = MODALITIES | task_entry(task).reading_parameters(task)
    probing = by_name("listing", "marks", "params:corpus", "params:runtime", "probe_cache", *parameters(reading))
    listed = with_parameters(list_annotated, groups, task=task)
    probed = with_parameters(probe_annotated, reading, task=task)
    samples = ["samples", "annotations", "quarantine"]
    tags = ["ingest", task_entry(task).corpus]
    return Pipeline(
        [
            node(listed, listing, ["listing", "marks"], name="list_samples", tags=tags),
            node(probed, probing, samples, name="probe_samples", tags="ingest"),
        ]
    )


def _features(task: str) -> Pipeline:
    """samples, backbone -> feature index -> D'."""
    own = _own(task)
    sampling = task_entry(task).reading_parameters(task)
    reading = by_name(
        *("samples", "backbone", "params:features", "params:runtime", "feature_store"), *parameters(sampling)
    )
    annotations = by_name("annotations") if task_entry(task).reads == "annotations" else {}
    building = annotations | by_name(
        *("samples", "feature_index", "backbone", "feature_store", "params:dataset", "dataset_x"), *parameters(own)
    )
    extract = with_parameters(extract_steps, sampling, task=task)
    build = with_parameters(build_targets, own, task=task)
    return Pipeline(
        [
            node(extract, reading, "feature_index", name="extract_features", tags="features"),
            node(build, building, "dataset", name="build_dataset", tags="dataset"),
        ]
    )


def _frames(task: str) -> Pipeline:
    """samples, backbone, D' -> frame dataset."""
    groups = task_entry(task).reading_parameters(task)
    caching = by_name("samples", "backbone", "dataset", "params:runtime", "frame_cache", *parameters(groups))
    cached = with_parameters(cache_task_frames, groups, task=task)
    return Pipeline([node(cached, caching, "frame_dataset", name="cache_frames", tags="features")])


def _model(model: str, task: str) -> Pipeline:
    annotations = {"annotations"} if task_entry(task).reads == "annotations" else set()
    of_frames = {"frame_dataset", "backbone", *OF_FRAMES - {"frame_cache"}}
    taken = {"samples", *annotations, *({"dataset"} if MODELS[model].inputs == "features" else of_frames)}
    given = {*parameters(model_parameters(model, task)), *JUDGING}
    return pipeline(steps(model, task), namespace=model, inputs=taken, parameters=given)
