"""The figures of a model that labels frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqpipe.evaluation.figures.classification import confusion_matrix, learning_curves, trials_figure
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.figures.timelines import timelines
from seqpipe.evaluation.frame_predictions import video_scores

TIMELINES = 6


def frame_figures(
    predictions: pd.DataFrame,
    trials: pd.DataFrame,
    history: pd.DataFrame,
    background: Sequence[str],
    along: str = "seconds",
) -> dict[str, bytes]:
    """PNG bytes by name: timelines of the worst, the middling and the best videos, confusion of frames, training.

    ``along`` is what the times of the steps are.
    """
    videos = video_scores(predictions, background)["id"].tolist()
    shown = [videos[n] for n in np.unique(np.linspace(0, len(videos) - 1, TIMELINES).round().astype(int))]
    drawn = {
        "timelines": timelines(predictions, shown, background, along),
        "confusion_matrix": confusion_matrix(predictions[predictions["label"] != ""]),
    }
    if len(trials) > 1:
        drawn["trials"] = trials_figure(trials)
    if len(history):
        drawn["learning_curves"] = learning_curves(history)
    return {name: png_bytes(figure) for name, figure in drawn.items()}
