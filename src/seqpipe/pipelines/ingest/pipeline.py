"""Wiring of ``ingest``."""

from kedro.pipeline import Pipeline, node

from seqpipe.media.embedded.registry import parameter_models
from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples
from seqpipe.pipelines.inputs import by_name, with_parameters

EMBEDDED = parameter_models("classification")
"""The embedded corpora that can be read here, by their groups of parameters."""


def create_pipeline(default: str) -> Pipeline:
    """corpus -> listing -> samples and quarantine.

    Args:
        default: The embedded corpus that is taken where ``corpus.path`` is null; also a tag of the node that lists it,
            by which tracking knows it.
    """
    listing = by_name("params:corpus", "params:runtime", "embedded_folder", *(f"params:{name}" for name in EMBEDDED))
    probing = by_name("listing", "params:corpus", "params:runtime", "probe_cache")
    listed = with_parameters(list_samples, EMBEDDED, default=default)
    return Pipeline(
        [
            node(listed, listing, "listing", name="list_samples", tags=["ingest", default]),
            node(probe_samples, probing, ["samples", "quarantine"], name="probe_samples", tags="ingest"),
        ]
    )
