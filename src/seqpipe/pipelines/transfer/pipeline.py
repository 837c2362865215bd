"""Wiring of ``transfer``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.models.registry import kinds_reading
from seqpipe.pipelines.backbone.pipeline import VIEWING
from seqpipe.pipelines.ingest.pipeline import EMBEDDED, MODALITIES
from seqpipe.pipelines.ingest.pipeline import create_pipeline as ingest
from seqpipe.pipelines.inputs import by_name, with_parameters
from seqpipe.pipelines.transfer.nodes import (
    choose_views,
    define_study,
    draw_figures,
    draw_learning_curve,
    extract_all_layers,
    fit_grid,
    load_backbones,
    score_transferability,
    write_transfer_report,
)

KINDS = kinds_reading("features", "clip")
SHARED = {
    *("embedded_folder", "probe_cache", "source_cache", "feature_store"),
    *("transfer_x", "frame_cache", "transfer_runs"),
}
PARAMETERS = {
    f"params:{stage}"
    for stage in (
        *("runtime", "corpus", *EMBEDDED, *MODALITIES, "backbone", "source", "clip", "features", "dataset"),
        *("evaluation", "finetune", "transfer", *KINDS),
    )
}

# What a step takes that fits or looks at a solution.
STUDY = ("study", "backbones", "params:runtime", "feature_store", "transfer_x", "frame_cache", "transfer_runs")


def create_pipeline() -> Pipeline:
    """corpus, backbones -> D' of several layers -> study -> grid, curve, transferability -> figures and a report."""
    steps = ingest("digits_and_shapes") + _feature_specs() + _solutions() + _report()
    return pipeline(steps, namespace="transfer", inputs=SHARED, parameters=PARAMETERS)


def _feature_specs() -> Pipeline:
    loading = by_name("params:transfer", "params:backbone", "params:source", "params:runtime", "source_cache")
    viewing = by_name(
        "loaded_backbones",
        "samples",
        "params:transfer",
        "params:clip",
        *VIEWING,
        "params:linear",
        "feature_store",
        "transfer_x",
    )
    reading = by_name(
        *("samples", "backbones", "params:transfer", "params:clip", "params:features", "params:runtime"),
        "feature_store",
    )
    defining = by_name(
        *("samples", "feature_specs", "params:transfer", "params:clip", "params:dataset", "params:finetune"),
        *("feature_store", "transfer_x"),
        *(f"params:{kind}" for kind in KINDS),
    )
    scoring = by_name(
        *("study", "backbones", "params:features", "params:source", "params:runtime", "feature_store", "transfer_x")
    )
    define = with_parameters(define_study, {name: kind.config for name, kind in KINDS.items()})
    return Pipeline(
        [
            node(load_backbones, loading, "loaded_backbones", name="load_backbones", tags="backbone"),
            node(choose_views, viewing, "backbones", name="choose_views", tags="backbone"),
            node(
                extract_all_layers, reading, "feature_specs", name="extract_all_layers", tags=["features", "transfer"]
            ),
            node(define, defining, "study", name="define_study", tags="transfer"),
            node(score_transferability, scoring, "transferability", name="score_transferability", tags="transfer"),
        ]
    )


def _solutions() -> Pipeline:
    fitting, drawing = by_name(*STUDY, "params:evaluation"), by_name(*STUDY, "grid")
    return Pipeline(
        [
            node(fit_grid, fitting, "grid", name="fit_grid", tags="transfer"),
            node(draw_learning_curve, drawing, "curve", name="draw_learning_curve", tags="transfer"),
            node(
                draw_figures,
                drawing | by_name("curve", "transferability"),
                "figures",
                name="draw_figures",
                tags="transfer",
            ),
        ]
    )


def _report() -> Pipeline:
    telling = by_name("grid", "transferability", "figures", "samples", "backbones")
    return Pipeline([node(write_transfer_report, telling, "report", name="write_report", tags="transfer")])
