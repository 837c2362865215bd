"""The figures of a language model."""

from __future__ import annotations

import pandas as pd

from seqpipe.evaluation.figures.classification import learning_curves, trials_figure
from seqpipe.evaluation.figures.style import png_bytes


def next_token_figures(trials: pd.DataFrame, history: pd.DataFrame) -> dict[str, bytes]:
    """PNG bytes by name: how it was trained, and what was tried."""
    drawn = {}
    if len(trials) > 1:
        drawn["trials"] = trials_figure(trials)
    if len(history):
        drawn["learning_curves"] = learning_curves(history)
    return {name: png_bytes(figure) for name, figure in drawn.items()}
