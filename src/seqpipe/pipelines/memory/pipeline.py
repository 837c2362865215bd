"""Wiring of ``memory``."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.config.inherited import RECURRENT
from seqpipe.pipelines.inputs import by_name, with_parameters
from seqpipe.pipelines.memory.nodes import (
    draw_memory,
    look_inside,
    pad_clips,
    sit_exams,
    sweep_truncation,
    write_memory_report,
)
from seqpipe.pipelines.types import TrainedModel

PARAMETERS = {"params:memory", "params:evaluation", "params:runtime"}
MEASURED = ("gradients", "jacobians", "reach", "matrices", "gates", "histogram", "facts")


def create_pipeline() -> Pipeline:
    """D', the recurrent models of the last run -> what they remember -> figures and a report."""
    return pipeline(_measuring() + _telling(), namespace="memory", inputs={"dataset"}, parameters=PARAMETERS)


def _measuring() -> Pipeline:
    looking = by_name("dataset", *RECURRENT, "params:memory", "params:runtime")
    judging = looking | by_name("params:evaluation")
    sitting = by_name("params:memory", "params:runtime")
    return Pipeline(
        [
            node(_of_models(look_inside), looking, list(MEASURED), name="look_inside", tags="memory"),
            node(_of_models(pad_clips), judging, "padding", name="pad_clips", tags="memory"),
            node(_of_models(sweep_truncation), judging, "truncation", name="sweep_truncation", tags="memory"),
            node(sit_exams, sitting, ["exams", "curves"], name="sit_exams", tags="memory"),
        ]
    )


def _of_models(step: Callable[..., Any]) -> Callable[..., Any]:
    return with_parameters(step, dict.fromkeys(RECURRENT, TrainedModel))


def _telling() -> Pipeline:
    drawing = by_name("gradients", "jacobians", "histogram", "padding", "truncation", "exams", "curves", "facts")
    telling = by_name("facts", "reach", "matrices", "gates", "padding", "truncation", "exams", "figures")
    return Pipeline(
        [
            node(draw_memory, drawing, "figures", name="draw_figures", tags="memory"),
            node(write_memory_report, telling, "report", name="write_report", tags="memory"),
        ]
    )
