"""Wiring of ``ingest``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples


def create_pipeline() -> Pipeline:
    """corpus -> listing -> samples and quarantine."""
    return Pipeline(
        [
            node(
                list_samples,
                inputs=["params:corpus", "params:moving_digits", "params:runtime", "moving_digits_folder"],
                outputs="listing",
                name="list_samples",
                tags="ingest",
            ),
            node(
                probe_samples,
                inputs=["listing", "params:corpus", "params:runtime", "probe_cache"],
                outputs=["samples", "quarantine"],
                name="probe_samples",
                tags="ingest",
            ),
        ]
    )
