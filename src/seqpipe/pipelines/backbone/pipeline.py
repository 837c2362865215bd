"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_encoder
from seqpipe.pipelines.ingest.pipeline import MODALITIES
from seqpipe.pipelines.inputs import by_name, parameters, with_parameters

VIEWING = tuple(f"params:{stage}" for stage in ("backbone", "clip", "features", "linear", "dprime", "runtime"))


def create_pipeline() -> Pipeline:
    """samples, weights -> loaded backbone -> backbone, which knows what of a frame it reads."""
    return Pipeline(
        [
            node(
                with_parameters(load_encoder, MODALITIES),
                inputs=by_name(
                    *("samples", "params:backbone", "params:source", "params:runtime", "source_cache"),
                    *parameters(MODALITIES),
                ),
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
