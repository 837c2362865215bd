"""When a decoder looked: a map of what is said by the steps of a clip, below what the clip shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqpipe.core.errors import UserError
from seqpipe.evaluation.figures.attention import HEADING_LETTERS, Look, draw_map
from seqpipe.evaluation.figures.contact_sheet import draw_onto, drawing_of
from seqpipe.evaluation.figures.style import INK, SMALL_PT, WIDTH_IN, dress, new_figure, plain
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import Drawable, Drawing
from seqpipe.modalities.film_strips import FRAMES_SHOWN
from seqpipe.modalities.pictures import Pictures

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]

ROW_IN, MARGIN_IN, HEADING_IN, SENTENCE_IN, TALLEST_IN = 0.155, 0.7, 0.2, 0.45, 1.3
MAP_IN = WIDTH_IN - 0.9
"""Width of a map, about: the words stand on its left."""
TICKS = 9
"""Times that are written below a map of pictures, at most."""
GAP = 0.02
"""Of a frame's part of the strip, on either side."""


def attention_steps(looks: Sequence[Look], samples: pd.DataFrame, by: Drawable | None, places: int) -> Figure:
    """A map a sample, one below the other, each below its frames or what else its modality draws of it.

    Args:
        looks: At least one.
        samples: The table of samples, of at least these.
        by: What draws them; None: nothing does, and the maps are alone.
        places: How many places a step has; what was looked at of a step is the sum over them.
    """
    records = samples.set_index("id", drop=False).loc[[look.row["id"] for look in looks]].to_dict("records")
    drawn = [_shown(by, record, look.row["times_s"]) for look, record in zip(looks, records, strict=True)]
    heights = [[_height_in(one), MARGIN_IN + ROW_IN * len(of.words)] for one, of in zip(drawn, looks, strict=True)]
    figure = new_figure(sum(map(sum, heights)))
    blocks = figure.subfigures(len(looks), 1, squeeze=False, height_ratios=[sum(pair) for pair in heights])[:, 0]
    for block, look, drawing, pair in zip(blocks, looks, drawn, heights, strict=True):
        above, below = block.subplots(2, 1, height_ratios=pair)
        draw_onto(above, drawing)
        above.set_xlabel("")
        above.set_title(plain(look.heading, HEADING_LETTERS), loc="left", fontsize=SMALL_PT, color=INK)
        _map(below, look, places, in_steps=by is None or isinstance(by, Pictures))
        above.set_xlim(below.get_xlim())
    return figure


def edges_s(times_s: Floats) -> Floats:
    """(S + 1,) where each of S steps at these times begins and ends: halfway to its neighbours."""
    if len(times_s) < 2:
        return np.array([times_s[0] - 0.5, times_s[0] + 0.5])
    halfway = (times_s[1:] + times_s[:-1]) / 2
    return np.concatenate([[2 * times_s[0] - halfway[0]], halfway, [2 * times_s[-1] - halfway[-1]]])


def _map(axes: Axes, look: Look, places: int, in_steps: bool) -> None:
    """``in_steps``: all steps are as wide, as in a strip of frames; else they lie at their seconds."""
    weights = look.weights.reshape(len(look.words), -1, places).sum(axis=2)
    times_s = np.asarray(look.row["times_s"], np.float64)
    dress(axes, x="seconds", grid="none").xaxis.label.set_fontsize(SMALL_PT)
    draw_map(axes, weights, look.words, np.arange(len(times_s) + 1.0) if in_steps else edges_s(times_s))
    if in_steps:
        some = np.unique(np.linspace(0, len(times_s) - 1, TICKS).round().astype(int))
        axes.set_xticks(some + 0.5, [f"{times_s[place]:.2f}" for place in some])
    axes.spines[:].set_visible(False)


def _shown(by: Drawable | None, record: Mapping[Any, Any], times_s: Sequence[float]) -> Drawing | str:
    if by is None:
        return ""
    return _strip(record, times_s) if isinstance(by, Pictures) else drawing_of(by, record, times_s)


def _strip(record: Mapping[Any, Any], times_s: Sequence[float]) -> Drawing | str:
    """Frames in the middle of equal parts of the steps, each above its part; or why they cannot be shown."""
    try:
        frames = read_clip(record["path"], record["kind"], list(times_s), record["length"])
    except (OSError, ValueError, UserError, InvalidSample) as error:
        log.warning("%s cannot be shown: %s", record["path"], error)
        return f"it cannot be shown: {error}"
    ends = np.linspace(0, len(frames), min(FRAMES_SHOWN, len(frames)) + 1)
    parts = list(pairwise(ends))
    high_in = MAP_IN / len(parts) * frames.shape[1] / frames.shape[2]
    narrow = GAP + max(0.0, 1 - TALLEST_IN / high_in) / 2

    def onto(axes: Axes) -> None:
        axes.set_axis_off()
        for left, right in parts:
            inside = narrow * (right - left)
            extent = (left + inside, right - inside, 0.0, 1.0)
            axes.imshow(frames[int((left + right) / 2)], extent=extent, aspect="auto")
        axes.set(ylim=(0, 1))

    return Drawing(min(TALLEST_IN, high_in) / MAP_IN, onto)


def _height_in(drawing: Drawing | str) -> float:
    """With its heading."""
    if not drawing:
        return HEADING_IN
    return SENTENCE_IN if isinstance(drawing, str) else HEADING_IN + min(TALLEST_IN, drawing.aspect * MAP_IN)
