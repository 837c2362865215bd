"""Which words of a source a decoder looked at: a map of what is said by what is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqpipe.evaluation.figures.attention import LETTERS, Look, draw_map
from seqpipe.evaluation.figures.style import INK, SMALL_PT, WIDTH_IN, dress, new_figure, plain

ROW_IN, COLUMN_IN = 0.155, 0.125
"""Height of a row and least width of a column: what a small letter takes."""
MARGIN_IN, HEADING_IN = 0.85, 0.95
LETTERED = 44
"""Words of a source that can be written beside each other over the whole width; of longer ones some are named."""


def attention_words(looks: Sequence[Look], sources: Sequence[Sequence[str]]) -> Figure:
    """A map a sample, two beside each other where their sources are short.

    Args:
        looks: At least one.
        sources: The tokens that each has read, as many as it has places.
    """
    half = int((WIDTH_IN / 2 - MARGIN_IN) / COLUMN_IN)
    columns = 2 if max(map(len, sources)) <= half else 1
    pairs = list(zip(looks, sources, strict=True))
    rows = [pairs[start : start + columns] for start in range(0, len(pairs), columns)]
    heights = [HEADING_IN + ROW_IN * max(len(look.words) for look, _ in row) for row in rows]
    figure = new_figure(sum(heights))
    grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
    for axes in grid.ravel():
        axes.set_axis_off()
    for cells, row in zip(grid, rows, strict=True):
        for axes, (look, source) in zip(cells, row, strict=False):
            _draw(axes, look, source)
    return figure


def _draw(axes: Axes, look: Look, source: Sequence[str]) -> None:
    axes.set_axis_on()
    dress(axes, grid="none").set_title(look.heading, loc="left", fontsize=SMALL_PT, color=INK)
    draw_map(axes, look.weights, look.words, np.arange(len(source) + 1.0) - 0.5)
    every = -(-len(source) // LETTERED)
    named = range(0, len(source), every)
    axes.set_xticks(named, [plain(source[place], LETTERS) for place in named], rotation=90)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
