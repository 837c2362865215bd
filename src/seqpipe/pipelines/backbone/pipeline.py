"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_backbone
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """samples -> view; weights, view -> backbone."""
    return Pipeline(
        [
            node(
                choose_view,
                inputs=by_name(
                    *("samples", "params:backbone", "params:source", "params:clip", "params:features", "params:linear"),
                    *("params:dprime", "params:runtime", "source_cache", "feature_store", "dprime_x"),
                ),
                outputs="view",
                name="choose_view",
                tags="backbone",
            ),
            node(
                load_backbone,
                inputs=by_name("view", "params:backbone", "params:source", "params:runtime", "source_cache"),
                outputs="backbone",
                name="load_backbone",
                tags="backbone",
            ),
        ]
    )
