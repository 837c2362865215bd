"""Wiring of ``finetune``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.finetune.nodes import evaluate, train
from seqpipe.pipelines.ingest.pipeline import EMBEDDED, MODALITIES
from seqpipe.pipelines.inputs import by_name

NAME = "finetune"


SHARED = {
    *("embedded_folder", "probe_cache", "source_cache", "feature_store", "dprime_x"),
    *("frame_cache", "checkpoints"),
}
BEFORE = {
    f"params:{stage}"
    for stage in ("corpus", *EMBEDDED, *MODALITIES, "backbone", "source", "features", "linear", "dprime")
}


def create_pipeline(before: Pipeline) -> Pipeline:
    """samples, backbone -> fine-tuned CNN -> results.

    What comes ``before``, from the corpus to both of these, is kept apart as well: it may be another corpus than that
    of the last ``kedro run``, whose D' and models go with its own samples.
    """
    settings = ["params:clip", "params:runtime"]
    judging = ["params:clip", "params:evaluation", "params:runtime"]
    steps = [
        node(
            train,
            by_name("samples", "backbone", "frame_cache", "checkpoints", "params:finetune", *settings),
            ["model", "history", "fit"],
            name="train",
            tags=["train", NAME],
        ),
        node(
            evaluate,
            by_name("model", "fit", "history", "samples", "frame_cache", *judging),
            "results",
            name="evaluate",
            tags=["evaluate", NAME],
        ),
    ]
    parameters = {*BEFORE, *judging, "params:finetune"}
    return pipeline(before + Pipeline(steps), namespace=NAME, inputs=SHARED, parameters=parameters)
