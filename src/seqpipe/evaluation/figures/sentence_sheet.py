"""Examples of a model of sentences: each sample as its modality draws it, with the answer and a reference below."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqpipe.evaluation.figures.contact_sheet import draw_onto, drawing_of
from seqpipe.evaluation.figures.style import GREY, INK, SMALL_PT, WIDTH_IN, new_figure, plain
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.report.sentence_examples import CLOSEST
from seqpipe.evaluation.sentence_examples import PLACE, SCORE
from seqpipe.modalities.base import Drawable, Drawing

BESIDE = 3
"""Single pictures in a row; what is wide has a row of its own."""
WIDE = 0.4
"""Height over width below which a drawing is wide."""
TALLEST_IN, SENTENCE_IN, LINE_IN, GAP_IN = 1.6, 0.3, 0.135, 0.16
LETTERS_AN_INCH = 17.0
LINES = 4
"""Of a sentence, at most."""


def sentence_sheet(shown: pd.DataFrame, samples: pd.DataFrame, by: Drawable, primary: Column) -> Figure:
    """A drawing a row of ``shown``, as `with_closest` gives them; ``samples`` has at least these samples."""
    records = samples.set_index("id", drop=False).loc[shown["id"]].to_dict("records")
    drawn = [drawing_of(by, record, times) for record, times in zip(records, shown["times_s"], strict=True)]
    columns = 1 if any(isinstance(one, Drawing) and one.aspect < WIDE for one in drawn) else BESIDE
    told = [_told(row, primary, columns) for row in shown.to_dict("records")]
    rows = [slice(start, start + columns) for start in range(0, len(drawn), columns)]
    pictures_in = [max(_height_in(one, columns) for one in drawn[row]) for row in rows]
    words_in = [GAP_IN + LINE_IN * max(len(lines) for lines in told[row]) for row in rows]
    figure = new_figure(sum(pictures_in) + sum(words_in))
    figure.set_layout_engine("constrained", hspace=0.0, h_pad=0.01, wspace=0.02)
    heights = [height for row in zip(pictures_in, words_in, strict=True) for height in row]
    grid = figure.subplots(len(heights), columns, squeeze=False, height_ratios=heights)
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, (drawing, lines) in enumerate(zip(drawn, told, strict=True)):
        row, column = divmod(number, columns)
        draw_onto(grid[2 * row, column], drawing)
        grid[2 * row, column].set_anchor("SW")
        _write(grid[2 * row + 1, column], lines, words_in[row])
    return figure


def _height_in(drawing: Drawing | str, columns: int) -> float:
    return SENTENCE_IN if isinstance(drawing, str) else min(TALLEST_IN, drawing.aspect * WIDTH_IN / columns)


def _told(row: Mapping[Any, Any], primary: Column, columns: int) -> list[tuple[str, str]]:
    """The lines below a drawing, each with its colour: place and score, the answer, the closest reference."""
    letters = int(LETTERS_AN_INCH * (WIDTH_IN / columns - 0.1))
    first = f"{row[PLACE]}, {primary.heading} {row[SCORE]:.2f}"
    lines = [(line, GREY) for line in (first, plain(row["id"], letters))]
    lines += [(line, INK) for line in _wrapped(str(row["predicted"]) or "(nothing)", letters)]
    return lines + [(line, GREY) for line in _wrapped(f"true: {row[CLOSEST]}", letters)]


def _wrapped(text: str, letters: int) -> list[str]:
    wide = any(east_asian_width(letter) in "WF" for letter in text)
    lines = wrap(text, letters // 2 if wide else letters, max_lines=LINES, placeholder=" …")
    return [plain(line, 2 * letters) for line in lines]


def _write(axes: Axes, lines: list[tuple[str, str]], high_in: float) -> None:
    axes.set(xlim=(0, 1), ylim=(high_in, 0))
    for number, (line, colour) in enumerate(lines):
        axes.text(0, LINE_IN * number + 0.02, line, fontsize=SMALL_PT, color=colour, va="top", clip_on=False)
