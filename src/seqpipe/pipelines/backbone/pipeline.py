"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_backbone
from seqpipe.pipelines.inputs import by_name

VIEWING = tuple(f"params:{stage}" for stage in ("backbone", "clip", "features", "linear", "dprime", "runtime"))


def create_pipeline() -> Pipeline:
    """weights -> loaded backbone; with samples -> backbone, which knows what of a frame it reads."""
    return Pipeline(
        [
            node(
                load_backbone,
                inputs=by_name("params:backbone", "params:source", "params:runtime", "source_cache"),
                outputs="loaded_backbone",
                name="load_backbone",
                tags="backbone",
            ),
            node(
                choose_view,
                inputs=by_name("loaded_backbone", "samples", *VIEWING, "feature_store", "dprime_x"),
                outputs="backbone",
                name="choose_view",
                tags="backbone",
            ),
        ]
    )
