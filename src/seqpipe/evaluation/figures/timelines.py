"""Timelines of videos: the true labels over the predicted ones, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from seqpipe.evaluation.figures.style import INK, PALE, SMALL_PT, dress, new_figure, plain
from seqpipe.evaluation.frame_predictions import frame_answers
from seqpipe.evaluation.predictions import class_names
from seqpipe.metrics.segments import UNLABELLED

ROW_IN, HEAD_IN, LEGEND_COLUMNS = 0.55, 0.5, 6
HUES = 12
"""Classes told by hue alone; more of them also by how light they are."""


def class_colours(names: Sequence[str], background: Sequence[str]) -> np.ndarray:
    """(K + 1, 3) colours in [0, 1]: background classes are pale, and the last one, for unlabelled frames, is white."""
    from colorsys import hls_to_rgb

    shown = [name for name in names if name not in background]
    lights = -(-len(shown) // HUES)
    colours = {
        name: hls_to_rgb((i % HUES) / min(HUES, len(shown)), 0.40 + 0.35 * (i // HUES) / max(1, lights), 0.65)
        for i, name in enumerate(shown)
    }
    return np.array([*(colours.get(name, to_rgb(PALE)) for name in names), (1.0, 1.0, 1.0)])


def timelines(
    predictions: pd.DataFrame, ids: Sequence[str], background: Sequence[str], along: str = "seconds"
) -> Figure:
    """For each of these videos two bars over its seconds: the truth above, what was predicted below.

    Args:
        predictions: what `frame_predictions_table` gave.
        ids: of the videos, from the top down; at least one.
        background: classes drawn pale.
        along: What their times are.
    """
    names = class_names(predictions)
    colours = class_colours(names, background)
    drawn = predictions[predictions["id"].isin(ids)]
    told = [i for i, name in enumerate(names) if name in {*drawn["label"], *drawn["predicted"]}]
    figure = new_figure(ROW_IN * len(ids) + HEAD_IN + 0.2 * -(-len(told) // LEGEND_COLUMNS))
    grid = figure.subplots(len(ids), 1, squeeze=False)
    for axes, id_ in zip(grid[:, 0], ids, strict=True):
        video = predictions[predictions["id"] == id_]
        truth, predicted = frame_answers(video, names)
        bars = np.stack([np.where(truth == UNLABELLED, len(names), truth), predicted])
        times = video["time_s"].to_numpy(np.float64)
        step = times[1] - times[0] if len(times) > 1 else 1.0
        extent = (times[0] - step / 2, times[-1] + step / 2, 2, 0)
        dress(axes, grid="none").imshow(colours[bars], aspect="auto", interpolation="nearest", extent=extent)
        axes.set_title(_video_title(id_, truth, predicted), loc="left", fontsize=SMALL_PT, color=INK)
        axes.set_yticks([0.5, 1.5], ["true", "predicted"])
        axes.axhline(1.0, color="white", linewidth=1.5)
    grid[-1, 0].set_xlabel(along, fontsize=SMALL_PT, color=INK)
    handles = [Patch(color=colours[i], label=plain(names[i])) for i in told]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(LEGEND_COLUMNS, len(told)),
        frameon=False,
        fontsize=SMALL_PT,
        labelcolor=INK,
    )
    return figure


def _video_title(id_: str, truth: np.ndarray, predicted: np.ndarray) -> str:
    labelled = truth != UNLABELLED
    right = (
        f"{100 * (truth == predicted)[labelled].mean():.0f} % of its steps right" if labelled.any() else "unlabelled"
    )
    return f"{plain(id_, 60)}: {right}"
