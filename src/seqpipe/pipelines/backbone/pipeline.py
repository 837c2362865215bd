"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_backbone


def create_pipeline() -> Pipeline:
    """samples -> view; weights, view -> backbone."""
    return Pipeline(
        [
            node(
                choose_view,
                inputs={
                    "samples": "samples",
                    **{stage: f"params:{stage}" for stage in ("backbone", "source", "clip", "features", "linear")},
                    **{stage: f"params:{stage}" for stage in ("dprime", "runtime")},
                    "cache": "source_cache",
                    "store": "feature_store",
                    "x_folder": "dprime_x",
                },
                outputs="view",
                name="choose_view",
                tags="backbone",
            ),
            node(
                load_backbone,
                inputs={
                    "view": "view",
                    **{stage: f"params:{stage}" for stage in ("backbone", "source", "runtime")},
                    "cache": "source_cache",
                },
                outputs="backbone",
                name="load_backbone",
                tags="backbone",
            ),
        ]
    )
