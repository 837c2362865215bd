"""Wiring of ``compare``."""

import warnings
from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.compare.nodes import FIGURES_OF, compare, draw_comparison, write_report
from seqpipe.pipelines.inputs import by_name, with_parameters
from seqpipe.pipelines.types import ModelResults, Picture
from seqpipe.tracking.runner import DRAW


def create_pipeline(models: Sequence[str], task: str, frames: str | None = None) -> Pipeline:
    """Results of all models of a task -> leaderboard -> comparison; with the models' figures -> report.

    ``frames`` is the frame dataset of those that read frames; None: none does.
    """
    # Kedro warns of dots in names, which are its own for namespaces: here they name just those.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    results = {model: f"{model}.results" for model in models}
    figures = {f"{FIGURES_OF}{model}": f"{model}.figures" for model in models}
    of_frames = {} if frames is None else {"frame_dataset": frames}
    comparing = by_name("dataset", **results, **of_frames)
    telling = by_name(
        "leaderboard", "comparison", "samples", "quarantine", "dataset", **results, **figures, **of_frames
    )
    judged = dict.fromkeys(results, ModelResults)
    compared = with_parameters(compare, judged, task=task)
    drawn = with_parameters(draw_comparison, {}, task=task)
    reported = with_parameters(write_report, judged | dict.fromkeys(figures, dict[str, Picture]), task=task)
    return Pipeline(
        [
            node(compared, comparing, "leaderboard", name="compare_models", tags="compare"),
            node(drawn, by_name("leaderboard"), "comparison", name="draw_comparison", tags=["compare", DRAW]),
            node(reported, telling, "report", name="write_report", tags="compare"),
        ]
    )
