"""Wiring of ``backbone``."""

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.backbone.nodes import choose_view, load_encoder
from seqpipe.pipelines.ingest.pipeline import MODALITIES
from seqpipe.pipelines.inputs import by_name, parameters, with_parameters
from seqpipe.pipelines.model.pipeline import model_parameters
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry

VIEWING = tuple(f"params:{stage}" for stage in ("backbone", "features", "dataset", "runtime"))


def create_pipeline(task: str = DEFAULT_TASK) -> Pipeline:
    """samples, weights -> loaded backbone -> backbone, which knows what of a frame it reads, tried at a task."""
    entry = task_entry(task)
    trying = {} if entry.per == "sentence" else entry.sampling_parameters() | model_parameters("linear", task)
    annotations = by_name("annotations") if entry.reads == "annotations" else {}
    viewing = annotations | by_name(
        *("loaded_backbone", "samples", *VIEWING, "feature_store", "dataset_x"), *parameters(trying)
    )
    loading = by_name(
        *("samples", "params:backbone", "params:source", "params:runtime", "source_cache"), *parameters(MODALITIES)
    )
    load, choose = with_parameters(load_encoder, MODALITIES), with_parameters(choose_view, trying, task=task)
    return Pipeline(
        [
            node(load, loading, "loaded_backbone", name="load_backbone", tags="backbone"),
            node(choose, viewing, "backbone", name="choose_view", tags="backbone"),
        ]
    )
