"""Wiring of ``fuse``."""

from kedro.pipeline import Pipeline, node, pipeline

from seqpipe.pipelines.fuse.nodes import draw_fused, gather_answers, judge_fused, try_weights, write_fusion_report
from seqpipe.pipelines.inputs import by_name
from seqpipe.tracking.runner import DRAW

JUDGING = ("params:evaluation", "params:runtime")
PARAMETERS = {"params:fuse", *JUDGING}


def create_pipeline() -> Pipeline:
    """What two models have answered -> weights on val -> the mixture, judged -> figures and a report."""
    return pipeline(_mixing() + _telling(), namespace="fuse", inputs={"model_outputs"}, parameters=PARAMETERS)


def _mixing() -> Pipeline:
    gathering = by_name("params:fuse", "model_outputs")
    trying = by_name("first", "second", "params:fuse")
    judging = by_name("first", "second", "weights", "params:fuse", *JUDGING)
    return Pipeline(
        [
            node(gather_answers, gathering, ["first", "second"], name="gather_answers", tags="fuse"),
            node(try_weights, trying, "weights", name="try_weights", tags="fuse"),
            node(judge_fused, judging, ["results", "leaderboard", "mixtures"], name="judge_fused", tags="fuse"),
        ]
    )


def _telling() -> Pipeline:
    drawing = by_name("weights", "leaderboard", "results")
    telling = by_name("first", "second", "leaderboard", "mixtures", "results", "figures", "params:runtime")
    return Pipeline(
        [
            node(draw_fused, drawing, "figures", name="draw_figures", tags=["fuse", DRAW]),
            node(write_fusion_report, telling, "report", name="write_report", tags="fuse"),
        ]
    )
