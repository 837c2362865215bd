"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_backbone

VIEWING = ("backbone", "clip", "features", "linear", "dprime", "runtime")


def create_pipeline() -> Pipeline:
    """weights -> loaded backbone; with samples -> backbone, which knows what of a frame it reads."""
    return Pipeline(
        [
            node(
                load_backbone,
                inputs=["params:backbone", "params:source", "params:runtime", "source_cache"],
                outputs="loaded_backbone",
                name="load_backbone",
                tags="backbone",
            ),
            node(
                choose_view,
                inputs={
                    "loaded": "loaded_backbone",
                    "samples": "samples",
                    **{stage: f"params:{stage}" for stage in VIEWING},
                    "store": "feature_store",
                    "x_folder": "dprime_x",
                },
                outputs="backbone",
                name="choose_view",
                tags="backbone",
            ),
        ]
    )
