"""Wiring of ``model``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.models.registry import KINDS
from seqpipe.pipelines.inputs import by_name
from seqpipe.pipelines.model.nodes import evaluate, explain, predict, train_node

DATASETS = {"features": "dprime", "frames": "frame_dataset"}
"""By what a kind of model reads, what it is trained on and asked."""
JUDGING = ("params:evaluation", "params:runtime")


def create_pipeline(kind: str) -> Pipeline:
    """D' -> model -> predictions -> results, in the namespace of the kind."""
    shared = {f"params:{kind}", *JUDGING}
    return pipeline(steps(kind), namespace=kind, inputs={"dprime", "samples"}, parameters=shared)


def steps(kind: str) -> Pipeline:
    """What the kind reads -> model -> predictions -> results; of one that reads frames also where it looks."""
    frames = KINDS[kind].inputs == "frames"
    begin = by_name("backbone", "checkpoints") if frames else {}
    dataset = {"dataset": DATASETS[KINDS[kind].inputs]}
    training = by_name("params:runtime", config=f"params:{kind}", **dataset) | begin
    asking = by_name("model", "fit", "params:runtime", **dataset)
    judging = by_name("predictions", "fit", "trials", "history", "samples", *JUDGING)
    looking = by_name("model", "predictions", "params:runtime", **dataset)
    nodes = [
        node(train_node(kind), training, ["model", "trials", "history", "fit"], name="train", tags="train"),
        node(predict, asking, "predictions", name="predict", tags="predict"),
        node(evaluate, judging, "results", name="evaluate", tags="evaluate"),
    ]
    explaining = [node(explain, looking, "gradcam", name="explain", tags="evaluate")] if frames else []
    return Pipeline([*nodes, *explaining])
