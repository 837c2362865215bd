"""Wiring of ``finetune``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.finetune.nodes import evaluate, train

NAME = "finetune"


def create_pipeline() -> Pipeline:
    """samples, backbone -> fine-tuned CNN -> results."""
    settings = ["params:clip", "params:runtime"]
    judging = ["params:clip", "params:evaluation", "params:runtime"]
    steps = [
        node(
            train,
            ["samples", "backbone", "frame_cache", "checkpoints", "params:finetune", *settings],
            ["model", "history", "fit"],
            name="train",
            tags=["train", NAME],
        ),
        node(
            evaluate,
            ["model", "fit", "history", "samples", "frame_cache", *judging],
            "results",
            name="evaluate",
            tags=["evaluate", NAME],
        ),
    ]
    shared = {"samples", "backbone", "frame_cache", "checkpoints"}
    return pipeline(steps, namespace=NAME, inputs=shared, parameters={*judging, "params:finetune"})
