"""A text as its tokens, the darker the more each decided the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqpipe.modalities.base import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS, LINES = 104, 6
"""Letters in a line, and lines, at most: of a longer text the part around the token that decided most is shown."""
LINE_IN, WIDTH_IN = 0.17, 7.0
FOR, AGAINST = "#0072B2", "#E69F00"
STRONGEST = 0.75
"""Opacity of the token that decided most."""


class Placed(NamedTuple):
    """A token, the line and the column in which it begins, and its weight."""

    token: str
    line: int
    column: int
    weight: float


def text_drawing(tokens: Sequence[str], weights: Sequence[float]) -> Drawing:
    """The tokens in lines, shaded by their weights: blue speaks for the answer, orange against it."""
    placed = _shown(_placed(tokens, weights))
    lines = placed[-1].line + 1 if placed else 1
    return Drawing(lines * LINE_IN / WIDTH_IN, lambda axes: _draw(axes, placed, lines))


def _placed(tokens: Sequence[str], weights: Sequence[float]) -> list[Placed]:
    glued = all(len(token) == 1 for token in tokens)  # letters stand side by side
    line, column, placed = 0, 0, []
    for token, weight in zip(tokens, weights, strict=True):
        if column and column + len(token) > COLUMNS:
            line, column = line + 1, 0
        placed.append(Placed(token, line, column, float(weight)))
        column += len(token) + (0 if glued else 1)
    return placed


def _shown(placed: list[Placed]) -> list[Placed]:
    """As many lines as fit, around the token that decided most."""
    if not placed or placed[-1].line < LINES:
        return placed
    middle = max(placed, key=lambda one: abs(one.weight)).line
    first = int(np.clip(middle - LINES // 2, 0, placed[-1].line - LINES + 1))
    return [one._replace(line=one.line - first) for one in placed if first <= one.line < first + LINES]


def _draw(axes: Axes, placed: Sequence[Placed], lines: int) -> None:
    axes.set(xlim=(0, COLUMNS), ylim=(lines, 0))
    axes.set_axis_off()
    largest = max((abs(one.weight) for one in placed), default=0.0) or 1.0
    for one in placed:
        colour = FOR if one.weight > 0 else AGAINST
        strength = STRONGEST * abs(one.weight) / largest
        axes.barh(one.line + 0.5, len(one.token), 0.9, left=one.column, color=colour, alpha=strength, linewidth=0)
        # A letter a column, whatever its width: what is shaded is then what is read.
        for n, letter in enumerate(one.token):
            where = (one.column + n + 0.5, one.line + 0.5)
            drawn = axes.text(*where, letter.replace("$", r"\$"), fontsize=7, ha="center", va="center")
            drawn.set_in_layout(False)  # they lie within the axes: to measure a thousand of them takes its time
