"""Wiring of ``frame_labels``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.models.registry import KINDS
from seqpipe.pipelines.backbone.nodes import load_backbone
from seqpipe.pipelines.compare.nodes import compare
from seqpipe.pipelines.frame_labels.nodes import (
    DEFAULT,
    build_steps,
    choose_frames_view,
    evaluate,
    extract_steps,
    list_annotated,
    predict,
    probe_annotated,
    train_node,
    write_frames_report,
)
from seqpipe.pipelines.inputs import by_name

TASK = "frame_labels"
MODELS = tuple(name for name, kind in KINDS.items() if TASK in kind.tasks)
SHARED = {"embedded_folder", "probe_cache", "source_cache", "feature_store", "frame_labels_x"}
PARAMETERS = {
    f"params:{stage}"
    for stage in (
        *("corpus", "action_sequences", "backbone", "source", "features", "dprime", "evaluation", "runtime"),
        TASK,
    )
}


def create_pipeline() -> Pipeline:
    """annotated videos -> D' with a class a step -> models -> results, segments, report; its samples lie apart."""
    steps = _data() + sum((_model(kind) for kind in MODELS), Pipeline([])) + _comparison()
    return pipeline(steps, namespace=TASK, inputs=SHARED, parameters=PARAMETERS)


def _data() -> Pipeline:
    listing = by_name(
        *("params:corpus", "params:action_sequences", "params:frame_labels", "params:runtime"),
        "embedded_folder",
    )
    probing = by_name("listing", "marks", "params:corpus", "params:runtime", "probe_cache")
    loading = by_name("params:backbone", "params:source", "params:runtime", "source_cache")
    reading = by_name(
        *("samples", "backbone", "params:frame_labels", "params:features", "params:runtime"), "feature_store"
    )
    building = by_name(
        *("samples", "feature_index", "annotations", "feature_store", "frame_labels_x"),
        *("params:frame_labels", "params:dprime"),
    )
    viewing = by_name(
        *("loaded_backbone", "samples", "annotations", "feature_store", "frame_labels_x"),
        *("params:backbone", "params:frame_labels", "params:features", "params:dprime", "params:runtime"),
    )
    probed = ["samples", "annotations", "quarantine"]
    return Pipeline(
        [
            node(list_annotated, listing, ["listing", "marks"], name="list_samples", tags=["ingest", DEFAULT]),
            node(probe_annotated, probing, probed, name="probe_samples", tags="ingest"),
            node(load_backbone, loading, "loaded_backbone", name="load_backbone", tags="backbone"),
            node(choose_frames_view, viewing, "backbone", name="choose_view", tags="backbone"),
            node(extract_steps, reading, "feature_index", name="extract_features", tags="features"),
            node(build_steps, building, "dprime", name="build_dprime", tags="dprime"),
        ]
    )


def _model(kind: str) -> Pipeline:
    training = by_name("dprime", "params:frame_labels", "params:runtime")
    judging = by_name(
        *("predictions", "fit", "trials", "history", "samples", "annotations"), "params:evaluation", "params:runtime"
    )
    steps = [
        node(train_node(kind), training, ["model", "trials", "history", "fit"], name="train", tags="train"),
        node(predict, by_name("model", "fit", "dprime"), "predictions", name="predict", tags="predict"),
        node(evaluate, judging, ["results", "segments", "elan"], name="evaluate", tags="evaluate"),
    ]
    shared = {f"params:{stage}" for stage in (TASK, "runtime", "evaluation")}
    return pipeline(steps, namespace=kind, inputs={"dprime", "samples", "annotations"}, parameters=shared)


def _comparison() -> Pipeline:
    results = {kind: f"{kind}.results" for kind in MODELS}
    telling = by_name("leaderboard", "comparison", "samples", "quarantine", "dprime", **results)
    return Pipeline(
        [
            node(
                compare,
                by_name("dprime", **results),
                ["leaderboard", "comparison"],
                name="compare_models",
                tags="compare",
            ),
            node(write_frames_report, telling, "report", name="write_report", tags="compare"),
        ]
    )
