"""Wiring of ``dataset``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.dataset.nodes import build_dataset
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """samples, feature index, backbone -> D'."""
    return Pipeline(
        [
            node(
                build_dataset,
                inputs=by_name(
                    *("samples", "feature_index", "backbone", "feature_store", "params:dataset", "dataset_x")
                ),
                outputs="dataset",
                name="build_dataset",
                tags="dataset",
            )
        ]
    )
