"""Which words of a source a decoder looked at: a map of what is said by what is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqpipe.evaluation.figures.attention import HEADING_LETTERS, LETTERS, Look, draw_map
from seqpipe.evaluation.figures.style import INK, SMALL_PT, WIDTH_IN, dress, new_figure, plain

ROW_IN, WORD_IN, LETTER_IN = 0.155, 0.125, 0.075
"""Height of a row, and least width of a column: of a word, which stands upright, and of a single letter."""
MARGIN_IN, HEADING_IN = 0.85, 0.95


def attention_words(looks: Sequence[Look], sources: Sequence[Sequence[str]]) -> Figure:
    """A map a sample, two beside each other where their sources are short.

    Args:
        looks: At least one.
        sources: The tokens that each has read, as many as it has places.
    """
    columns = 2 if all(len(source) <= _named(source, 2) for source in sources) else 1
    pairs = list(zip(looks, sources, strict=True))
    rows = [pairs[start : start + columns] for start in range(0, len(pairs), columns)]
    heights = [HEADING_IN + ROW_IN * max(len(look.words) for look, _ in row) for row in rows]
    figure = new_figure(sum(heights))
    grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
    for axes in grid.ravel():
        axes.set_axis_off()
    for cells, row in zip(grid, rows, strict=True):
        for axes, (look, source) in zip(cells, row, strict=False):
            _draw(axes, look, source, columns)
    return figure


def _named(source: Sequence[str], columns: int) -> int:
    """How many tokens can be written beside each other above one of so many maps in a row."""
    return int((WIDTH_IN / columns - MARGIN_IN) / (LETTER_IN if _letters(source) else WORD_IN))


def _letters(source: Sequence[str]) -> bool:
    return all(len(token) == 1 for token in source)


def _draw(axes: Axes, look: Look, source: Sequence[str], columns: int) -> None:
    axes.set_axis_on()
    heading = plain(look.heading, HEADING_LETTERS // columns)
    dress(axes, grid="none").set_title(heading, loc="left", fontsize=SMALL_PT, color=INK)
    draw_map(axes, look.weights, look.words, np.arange(len(source) + 1.0) - 0.5)
    every = -(-len(source) // _named(source, columns))  # of a source that is too long, some tokens are named
    named = range(0, len(source), every)
    axes.set_xticks(named, [plain(source[place], LETTERS) for place in named])
    axes.tick_params(axis="x", labelrotation=0 if _letters(source) else 90)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
