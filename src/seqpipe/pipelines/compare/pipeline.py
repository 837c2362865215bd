"""Wiring of ``compare``."""

import warnings

from kedro.pipeline import Pipeline, node

from seqpipe.pipelines.compare.nodes import SEPARATOR, compare, write_report


def create_pipeline(kinds: list[str]) -> Pipeline:
    """metrics and fits of all models -> leaderboard and comparison -> report."""
    # Kedro warns of dots in names, which are its own for namespaces: here they name just those.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    results = _inputs(kinds, "metrics", "fit")
    details = _inputs(kinds, "predictions", "figures")
    return Pipeline(
        [
            node(
                compare,
                inputs=results,
                outputs=["leaderboard", "comparison"],
                name="compare_models",
                tags="compare",
            ),
            node(
                write_report,
                inputs={
                    **results,
                    **details,
                    "leaderboard": "leaderboard",
                    "comparison": "comparison",
                    "samples": "samples",
                    "quarantine": "quarantine",
                    "backbone": "backbone",
                    "dprime": "dprime",
                    "corpus": "params:corpus",
                    "features": "params:features",
                    "evaluation": "params:evaluation",
                    "runtime": "params:runtime",
                },
                outputs="report",
                name="write_report",
                tags="compare",
            ),
        ]
    )


def _inputs(kinds: list[str], *parts: str) -> dict[str, str]:
    return {f"{kind}{SEPARATOR}{part}": f"{kind}.{part}" for kind in kinds for part in parts}
