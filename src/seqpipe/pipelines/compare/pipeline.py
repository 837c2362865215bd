"""Wiring of ``compare``."""

import warnings

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.compare.nodes import compare, write_report
from seqpipe.pipelines.inputs import by_name


def create_pipeline(kinds: list[str]) -> Pipeline:
    """Results of all models -> leaderboard and comparison -> report."""
    # Kedro warns of dots in names, which are its own for namespaces: here they name just those.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    results = {kind: f"{kind}.results" for kind in kinds}
    return Pipeline(
        [
            node(
                compare,
                inputs=by_name("dprime", **results),
                outputs=["leaderboard", "comparison"],
                name="compare_models",
                tags="compare",
            ),
            node(
                write_report,
                inputs=by_name(
                    *("leaderboard", "comparison", "samples", "quarantine", "dprime"),
                    **results,
                ),
                outputs="report",
                name="write_report",
                tags="compare",
            ),
        ]
    )
