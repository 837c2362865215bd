"""Wiring of ``finetune``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.finetune.nodes import cache_frames
from seqpipe.pipelines.ingest.pipeline import EMBEDDED, MODALITIES
from seqpipe.pipelines.inputs import by_name
from seqpipe.pipelines.model.pipeline import JUDGING
from seqpipe.pipelines.model.pipeline import steps as model_steps
from seqpipe.tasks.registry import DEFAULT_TASK

SHARED = {
    *("embedded_folder", "probe_cache", "source_cache", "feature_store", "dataset_x"),
    *("frame_cache", "checkpoints"),
}
BEFORE = {
    f"params:{stage}"
    for stage in ("corpus", *EMBEDDED, *MODALITIES, "backbone", "source", "features", "linear", "dataset")
}


def cached_frames() -> Pipeline:
    """samples, backbone -> frame dataset."""
    caching = by_name("samples", "backbone", "params:clip", "params:runtime", "frame_cache")
    return Pipeline([node(cache_frames, caching, "frame_dataset", name="cache_frames", tags="features")])


def create_pipeline(before: Pipeline, model: str) -> Pipeline:
    """samples, backbone -> frame dataset -> a model that reads frames -> predictions -> results.

    What comes ``before``, from the corpus to both of these, is kept apart as well: it may be another corpus than that
    of the last ``kedro run``, whose D' and models go with its own samples.
    """
    parameters = {*BEFORE, *JUDGING, "params:clip", f"params:{model}"}
    steps = cached_frames() + model_steps(model, DEFAULT_TASK)
    return pipeline(before + steps, namespace=model, inputs=SHARED, parameters=parameters)
