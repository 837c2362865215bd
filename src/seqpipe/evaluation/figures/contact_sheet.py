"""Samples one under another, each as its modality draws it, titled with what the model took it for."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqpipe.core.errors import UserError
from seqpipe.evaluation.figures.style import GREY, INK, SMALL_PT, WIDTH_IN, dress, new_figure, plain
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import READ, WEIGHTS, Drawable, Drawing

log = logging.getLogger(__name__)

TALLEST_IN, TITLE_IN, SENTENCE_IN = 1.3, 0.3, 0.3


def contact_sheet(
    rows: pd.DataFrame, samples: pd.DataFrame, times_s: Mapping[str, Sequence[float]], by: Drawable
) -> Figure:
    """One drawing a row of predictions, titled with what it is and what it was taken for.

    Args:
        rows: Rows of a table of predictions, at least one.
        samples: The table of samples, of at least those rows.
        times_s: The times of the steps that the model was shown, seconds, by the sample's id.
        by: The samples' modality.
    """
    records: list[dict[Hashable, Any]] = samples.set_index("id", drop=False).loc[rows["id"]].to_dict("records")
    told = rows[[name for name in (READ, WEIGHTS) if name in rows]].to_dict("records")
    drawn = [
        drawing_of(by, {**record, **also}, times_s[record["id"]]) for record, also in zip(records, told, strict=True)
    ]
    heights = [_height_in(drawing) for drawing in drawn]
    figure = new_figure(sum(heights) + TITLE_IN * len(heights))
    grid = figure.subplots(len(drawn), 1, squeeze=False, height_ratios=heights)
    for axes, drawing, row in zip(grid[:, 0], drawn, rows.itertuples(), strict=True):
        draw_onto(axes, drawing)
        caption = f"{plain(row.label)} taken for {plain(row.predicted)}, {row.confidence:.2f} sure"
        axes.set_title(f"{caption}    {plain(row.id, 60)}", loc="left", fontsize=SMALL_PT, color=INK)
    return figure


def alone(drawing: Drawing) -> Figure:
    """One drawing without a title."""
    figure = new_figure(_height_in(drawing))
    draw_onto(figure.add_subplot(), drawing)
    return figure


def drawing_of(by: Drawable, record: Mapping[Any, Any], times_s: Sequence[float]) -> Drawing | str:
    """The sample, or why it cannot be shown: a file may be gone by now."""
    try:
        return by.drawing(record, times_s)
    except (OSError, ValueError, UserError, InvalidSample) as error:
        log.warning("%s cannot be shown: %s", record["path"], error)
        return f"it cannot be shown: {error}"


def draw_onto(axes: Axes, drawing: Drawing | str) -> None:
    """Draws it, or says why it cannot be shown."""
    dress(axes, grid="none")
    if isinstance(drawing, str):
        axes.set_axis_off()
        axes.text(0, 0.5, plain(drawing, 110), fontsize=SMALL_PT, color=GREY, va="center")
        return
    drawing.onto(axes)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(fontsize=SMALL_PT, color=INK)


def _height_in(drawing: Drawing | str) -> float:
    """Height at which the drawing fills the figure's width, unless that is too tall."""
    return SENTENCE_IN if isinstance(drawing, str) else min(TALLEST_IN, drawing.aspect * WIDTH_IN)
