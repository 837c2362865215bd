"""Wiring of ``compare``."""

import warnings
from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.compare.nodes import compare, write_report
from seqpipe.pipelines.inputs import by_name, with_parameters
from seqpipe.pipelines.types import ModelResults


def create_pipeline(models: Sequence[str], task: str) -> Pipeline:
    """Results of all models of a task -> leaderboard and comparison -> report."""
    # Kedro warns of dots in names, which are its own for namespaces: here they name just those.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    results = {model: f"{model}.results" for model in models}
    comparing = by_name("dataset", **results)
    telling = by_name("leaderboard", "comparison", "samples", "quarantine", "dataset", **results)
    named = dict.fromkeys(models, ModelResults)
    compared, reported = (with_parameters(step, named, task=task) for step in (compare, write_report))
    return Pipeline(
        [
            node(compared, comparing, ["leaderboard", "comparison"], name="compare_models", tags="compare"),
            node(reported, telling, "report", name="write_report", tags="compare"),
        ]
    )
