"""Wiring of ``ingest``."""

from kedro.pipeline import Node, Pipeline, node

from seqpipe.pipelines.ingest.nodes import list_images, list_samples, probe_samples


def create_pipeline() -> Pipeline:
    """corpus -> listing -> samples and quarantine; by default of the moving digits."""
    embedded = ["params:moving_digits", "params:runtime", "moving_digits_folder"]
    return Pipeline(
        [
            node(list_samples, ["params:corpus", *embedded], "listing", name="list_samples", tags="ingest"),
            _probe(),
        ]
    )


def create_images_pipeline() -> Pipeline:
    """The same, by default of the embedded still images."""
    embedded = ["params:digits_and_shapes", "params:runtime", "digits_and_shapes_folder"]
    return Pipeline(
        [
            node(list_images, ["params:corpus", *embedded], "listing", name="list_samples", tags="ingest"),
            _probe(),
        ]
    )


def _probe() -> Node:
    return node(
        probe_samples,
        inputs=["listing", "params:corpus", "params:runtime", "probe_cache"],
        outputs=["samples", "quarantine"],
        name="probe_samples",
        tags="ingest",
    )
