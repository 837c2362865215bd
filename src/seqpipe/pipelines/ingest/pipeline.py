"""Wiring of ``ingest``."""

from kedro.pipeline import Pipeline, node

from seqpipe.media.embedded.registry import parameter_models
from seqpipe.modalities.registry import modality_parameters
from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples
from seqpipe.pipelines.inputs import by_name, parameters, with_parameters
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry

EMBEDDED = parameter_models("labels")
"""The embedded corpora of a label a sample, by their groups of parameters."""
MODALITIES = modality_parameters()
"""The modalities that have parameters, by their groups."""


def create_pipeline(default: str, task: str = DEFAULT_TASK) -> Pipeline:
    """corpus -> listing -> samples and quarantine.

    Args:
        default: The embedded corpus that is taken where ``corpus.path`` is null; also a tag of the node that lists it,
            by which tracking knows it.
        task: What the samples are for: it says whether they need labels, and what the splits are stratified by.
    """
    told = task_entry(task).reads == "references"
    groups = (parameter_models("references") if told else EMBEDDED) | MODALITIES
    listing = by_name("params:corpus", "params:runtime", "embedded_folder", *parameters(groups))
    reading = MODALITIES | task_entry(task).reading_parameters(task)
    probing = by_name("listing", "params:corpus", "params:runtime", "probe_cache", *parameters(reading))
    listed = with_parameters(list_samples, groups, default=default, task=task)
    probed = with_parameters(probe_samples, reading, task=task)
    return Pipeline(
        [
            node(listed, listing, "listing", name="list_samples", tags=["ingest", default]),
            node(probed, probing, ["samples", "quarantine"], name="probe_samples", tags="ingest"),
        ]
    )
