"""The figures of a language model."""

from __future__ import annotations

import pandas as pd

from seqpipe.evaluation.figures.classification import learning_curves
from seqpipe.evaluation.figures.style import png_bytes


def next_token_figures(history: pd.DataFrame) -> dict[str, bytes]:
    """PNG bytes by name: how it was trained, where it was by epochs."""
    return {"learning_curves": png_bytes(learning_curves(history))} if len(history) else {}
