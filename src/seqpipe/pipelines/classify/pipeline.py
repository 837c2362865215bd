"""Wiring of ``classify``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.classify.nodes import evaluate, train_node
from seqpipe.pipelines.inputs import by_name


def create_pipeline(kind: str) -> Pipeline:
    """D' -> model -> results, in the namespace of the kind."""
    steps = [
        node(
            train_node(kind),
            inputs=by_name("dprime", "params:runtime", config=f"params:{kind}"),
            outputs=["model", "trials", "history", "fit"],
            name="train",
            tags="train",
        ),
        node(
            evaluate,
            inputs=by_name(
                *("model", "fit", "trials", "history", "dprime", "samples"),
                *("params:evaluation", "params:runtime"),
            ),
            outputs="results",
            name="evaluate",
            tags="evaluate",
        ),
    ]
    shared = {name: name for name in (f"params:{kind}", "params:runtime", "params:evaluation")}
    return pipeline(steps, namespace=kind, inputs={"dprime", "samples"}, parameters=shared)
