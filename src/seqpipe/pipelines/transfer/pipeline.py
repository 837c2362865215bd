"""Wiring of ``transfer``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.backbone.pipeline import VIEWING
from seqpipe.pipelines.ingest.pipeline import create_images_pipeline
from seqpipe.pipelines.transfer.nodes import (
    choose_views,
    draw_figures,
    draw_samples_curve,
    extract_places,
    fit_grid,
    load_backbones,
    score_places,
    write_transfer_report,
)

SHARED = {
    *("digits_and_shapes_folder", "probe_cache", "source_cache", "feature_store"),
    *("transfer_x", "frame_cache", "transfer_cells"),
}
PARAMETERS = {
    f"params:{stage}"
    for stage in (
        *("runtime", "corpus", "digits_and_shapes", "backbone", "source", "clip", "features", "dprime"),
        "evaluation",
        *("svm", "svm_rbf", "linear", "ann", "finetune", "transfer"),
    )
}


# What every step that fits or looks at a solution takes.
STUDY = [
    *("samples", "backbones", "places", "feature_store", "transfer_x", "frame_cache"),
    *(f"params:{stage}" for stage in ("transfer", "clip", "dprime", "runtime")),
    *(f"params:{solution}" for solution in ("svm", "svm_rbf", "linear", "ann", "finetune")),
]


def create_pipeline() -> Pipeline:
    """corpus, backbones -> D' of several layers -> the grid, the curve, the scores -> figures and a report."""
    steps = create_images_pipeline() + _places() + _solutions() + _report()
    return pipeline(steps, namespace="transfer", inputs=SHARED, parameters=PARAMETERS)


def _places() -> Pipeline:
    reading = ["samples", "backbones", "params:transfer", "params:clip", "params:features", "params:runtime"]
    scoring = [
        *("samples", "backbones", "places", "feature_store", "transfer_x"),
        *(f"params:{stage}" for stage in ("dprime", "features", "source", "runtime")),
    ]
    return Pipeline(
        [
            node(
                load_backbones,
                ["params:transfer", "params:backbone", "params:source", "params:runtime", "source_cache"],
                "loaded_backbones",
                name="load_backbones",
                tags="backbone",
            ),
            node(
                choose_views,
                {
                    "loaded": "loaded_backbones",
                    "samples": "samples",
                    **{stage: f"params:{stage}" for stage in ("transfer", *VIEWING)},
                    "store": "feature_store",
                    "x_folder": "transfer_x",
                },
                "backbones",
                name="choose_views",
                tags="backbone",
            ),
            node(
                extract_places,
                [*reading, "feature_store"],
                "places",
                name="extract_places",
                tags=["features", "transfer"],
            ),
            node(score_places, scoring, "scores", name="score_places", tags="transfer"),
        ]
    )


def _solutions() -> Pipeline:
    return Pipeline(
        [
            node(
                fit_grid,
                ["transfer_cells", "params:evaluation", *STUDY],
                "grid",
                name="fit_grid",
                tags="transfer",
            ),
            node(
                draw_samples_curve,
                ["grid", "transfer_cells", *STUDY],
                "curve",
                name="draw_samples_curve",
                tags="transfer",
            ),
            node(
                draw_figures,
                ["grid", "curve", "scores", "transfer_cells", *STUDY],
                "figures",
                name="draw_figures",
                tags="transfer",
            ),
        ]
    )


def _report() -> Pipeline:
    told = ["grid", "scores", "figures", "samples", "backbones", "params:corpus", "params:runtime"]
    return Pipeline([node(write_transfer_report, told, "report", name="write_report", tags="transfer")])
