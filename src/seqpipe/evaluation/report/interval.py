"""What a report says of the intervals beside the scores."""

from __future__ import annotations

import pandas as pd

from seqpipe.config import EvaluationConfig


def bootstrap_note(board: pd.DataFrame, config: EvaluationConfig) -> str:
    """How bootstrap intervals over groups came about, and where they promise less than they seem to."""
    groups, n = int(board["n_groups"].min()), int(board["n_test"].min())
    what = f"{100 * config.confidence:g} % percentile bootstrap, {config.bootstrap} resamples"
    if groups == 1:
        return f"{what} of the samples: test is one group, so they say nothing about other groups."
    unit = "of the test samples, each a group of its own" if groups == n else f"of the {groups} test groups"
    few = "; so few groups make them rough" if groups < 10 else ""
    return f"{what} {unit}{few}."
