"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import load_backbone
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """weights -> backbone."""
    return Pipeline(
        [
            node(
                load_backbone,
                inputs=by_name("params:backbone", "params:source", "params:runtime", "source_cache"),
                outputs="backbone",
                name="load_backbone",
                tags="backbone",
            )
        ]
    )
