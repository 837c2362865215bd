"""Wiring of ``dprime``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.dprime.nodes import build_dprime
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """samples, feature index -> D'."""
    return Pipeline(
        [
            node(
                build_dprime,
                inputs=by_name("samples", "feature_index", "feature_store", "params:dprime", "dprime_x"),
                outputs="dprime",
                name="build_dprime",
                tags="dprime",
            )
        ]
    )
