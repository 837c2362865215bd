"""Wiring of ``classify``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.classify.nodes import evaluate, train_node


def create_pipeline(kind: str) -> Pipeline:
    """D' -> model -> results, in the namespace of the kind."""
    steps = [
        node(
            train_node(kind),
            inputs=["dprime", f"params:{kind}", "params:runtime"],
            outputs=["model", "trials", "history", "fit"],
            name="train",
            tags="train",
        ),
        node(
            evaluate,
            inputs=[
                "model",
                "fit",
                "trials",
                "history",
                "dprime",
                "samples",
                "params:evaluation",
                "params:runtime",
            ],
            outputs="results",
            name="evaluate",
            tags="evaluate",
        ),
    ]
    shared = {name: name for name in (f"params:{kind}", "params:runtime", "params:evaluation")}
    return pipeline(steps, namespace=kind, inputs={"dprime", "samples"}, parameters=shared)
