"""Wiring of ``features``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.features.nodes import extract_features


def create_pipeline() -> Pipeline:
    """samples, backbone -> feature index (the features themselves are in the store)."""
    return Pipeline(
        [
            node(
                extract_features,
                inputs=[
                    "samples",
                    "backbone",
                    "params:clip",
                    "params:features",
                    "params:runtime",
                    "feature_store",
                ],
                outputs="feature_index",
                name="extract_features",
                tags="features",
            )
        ]
    )
