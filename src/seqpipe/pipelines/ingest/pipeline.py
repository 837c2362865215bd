"""Wiring of ``ingest``."""

from kedro.pipeline import Node, Pipeline, node

from seqpipe.pipelines.ingest.nodes import list_images, list_samples, probe_samples
from seqpipe.pipelines.inputs import by_name


def create_pipeline() -> Pipeline:
    """corpus -> listing -> samples and quarantine; by default of the moving digits."""
    embedded = by_name("params:corpus", "params:moving_digits", "params:runtime", "moving_digits_folder")
    return Pipeline(
        [
            node(list_samples, embedded, "listing", name="list_samples", tags="ingest"),
            _probe(),
        ]
    )


def create_images_pipeline() -> Pipeline:
    """The same, by default of the embedded still images."""
    embedded = by_name("params:corpus", "params:digits_and_shapes", "params:runtime", "digits_and_shapes_folder")
    return Pipeline(
        [
            node(list_images, embedded, "listing", name="list_samples", tags="ingest"),
            _probe(),
        ]
    )


def _probe() -> Node:
    return node(
        probe_samples,
        inputs=by_name("listing", "params:corpus", "params:runtime", "probe_cache"),
        outputs=["samples", "quarantine"],
        name="probe_samples",
        tags="ingest",
    )
