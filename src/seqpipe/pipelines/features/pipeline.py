"""Wiring of ``features``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.features.nodes import extract_features
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """samples, backbone -> feature index (the features themselves are in the store)."""
    return Pipeline(
        [
            node(
                extract_features,
                inputs=by_name(
                    *("samples", "backbone", "params:clip", "params:features", "params:runtime", "feature_store")
                ),
                outputs="feature_index",
                name="extract_features",
                tags="features",
            )
        ]
    )
