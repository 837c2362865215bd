"""Wiring of ``model``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.config import Stage
from seqpipe.models.registry import MODELS
from seqpipe.pipelines.inputs import by_name, parameters, with_parameters
from seqpipe.pipelines.model.nodes import draw, evaluate, explain, predict, train
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry
from seqpipe.tracking.runner import DRAW

DATASETS = {"features": "dataset", "frames": "frame_dataset"}
"""By what a model reads, what it is trained on and asked."""
JUDGING = ("params:evaluation", "params:runtime")
TRAINED = ["model", "trials", "history", "fit", "val_predictions"]
DRAWING = ["evaluate", DRAW]


def create_pipeline(model: str) -> Pipeline:
    """D' -> model -> predictions -> results -> figures, in the namespace of the model."""
    shared = {*parameters(model_parameters(model, DEFAULT_TASK)), *JUDGING}
    return pipeline(steps(model, DEFAULT_TASK), namespace=model, inputs={"dataset", "samples"}, parameters=shared)


def model_parameters(model: str, task: str) -> dict[str, type[Stage]]:
    """The groups of parameters that training it for a task reads, each with its model."""
    entry = task_entry(task)
    of_task: dict[str, type[Stage]] = {} if entry.config is None else {task: entry.config}
    return of_task if entry.own_block(model) else {**of_task, model: MODELS[model].config}


def steps(model: str, task: str) -> Pipeline:
    """What the model reads -> model -> predictions -> results -> figures; of one that can tell also where it looks."""
    frames = MODELS[model].inputs == "frames"
    begin = by_name("backbone", "checkpoints") if frames else {}
    annotations = by_name("annotations") if task_entry(task).reads == "annotations" else {}
    dataset = {"dataset": DATASETS[MODELS[model].inputs]}
    groups = model_parameters(model, task)
    training = by_name("params:runtime", *parameters(groups), **dataset) | begin
    asking = by_name("model", "fit", "params:runtime", **dataset)
    judging = by_name("predictions", "fit", "trials", "history", "samples", *JUDGING) | annotations
    drawing = by_name("results", "fit", "trials", "history", "samples") | annotations
    looking = by_name("model", "predictions", "params:runtime", **dataset)
    trained = with_parameters(train, groups, model=model, task=task)
    evaluated, drawn = (with_parameters(step, {}, task=task) for step in (evaluate, draw))
    nodes = [
        node(trained, training, TRAINED, name="train", tags="train"),
        node(predict, asking, "predictions", name="predict", tags="predict"),
        node(evaluated, judging, "results", name="evaluate", tags="evaluate"),
        node(drawn, drawing, "figures", name="draw", tags=DRAWING),
    ]
    explains = MODELS[model].explains
    explaining = [node(explain, looking, "gradcam", name="explain", tags=DRAWING)] if explains else []
    return Pipeline([*nodes, *explaining])
