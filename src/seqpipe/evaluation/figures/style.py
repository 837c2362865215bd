"""How every figure of the report looks: one palette, one font size, no box around the axes.

Figures are made by the object interface alone: pyplot's state is left as it is, so that they can be drawn
in any thread and none stays open.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from seqpipe.evaluation.figures.fonts import set_fonts
from seqpipe.evaluation.figures.size import DPI

# Okabe and Ito's palette, which the colour-blind tell apart (its yellow is too pale for lines on white)
BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
)
PALETTE = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY]
INK, GREY, PALE = "#222222", "#767676", "#e4e4e4"
LINE_STYLES = ["-", "--", ":"]
WIDTH_IN = 7.0
FONT_PT, SMALL_PT = 9.0, 7.5
LONGEST_LABEL = 28
MARKS, JOINER = {"Mn", "Mc", "Me", "Cf"}, "\u200d"  # what belongs to the letter before, and to that behind as well


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """An empty white figure of the report's width."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, title: str = "", x: str = "", y: str = "", grid: str = "both") -> Axes:
    """Titles, labels, fine grid and small ticks; ``grid`` is "x", "y", "both" or "none"."""
    axes.set_title(plain(title, 90), loc="left", fontsize=FONT_PT, fontweight="bold", color=INK)
    axes.set_xlabel(x, fontsize=FONT_PT, color=INK)
    axes.set_ylabel(y, fontsize=FONT_PT, color=INK)
    axes.tick_params(labelsize=SMALL_PT, colors=INK, length=2, color=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.set_axisbelow(True)
    if grid != "none":
        axes.grid(True, axis=grid, color=PALE, linewidth=0.6)  # type: ignore[arg-type]
    return axes


def legend(axes: Axes, **options: Any) -> None:
    """A small legend without a frame."""
    axes.legend(**{"fontsize": SMALL_PT, "frameon": False, "labelcolor": INK, **options})


def line_look(i: int) -> dict[str, Any]:
    """Colour and dashes of the i-th line: they differ for the first 18."""
    return {
        "color": PALETTE[i % len(PALETTE)],
        "linestyle": LINE_STYLES[i // len(PALETTE) % len(LINE_STYLES)],
    }


def plain(text: object, longest: int = LONGEST_LABEL) -> str:
    """Text of the user's for a figure: shortened in the middle, and no dollar sign starts a formula.

    ``longest`` is in columns, of which a Chinese, Japanese or Korean letter takes two; an accent stays with its letter.
    """
    letters = _with_their_marks(str(text))
    if sum(map(_columns, letters)) > longest:
        keep = (longest - 1) // 2
        last = _first_of(letters[::-1], keep)[::-1]
        letters = [*_first_of(letters, longest - 1 - keep), "…", *last]
    return "".join(letters).replace("$", r"\$")


def _with_their_marks(text: str) -> list[str]:
    letters: list[str] = []
    for letter in text:
        if letters and (unicodedata.category(letter) in MARKS or letters[-1].endswith(JOINER)):
            letters[-1] += letter
        else:
            letters.append(letter)
    return letters


def _columns(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter[0]) in "WF" else 1


def _first_of(letters: Sequence[str], columns: int) -> list[str]:
    """As many of the letters as fit."""
    ends = accumulate(map(_columns, letters))
    return [letter for letter, end in zip(letters, ends, strict=True) if end <= columns]


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG, the same bytes for the same figure."""
    set_fonts(figure)
    png = io.BytesIO()
    # Without this matplotlib writes its version: the same figure would be other bytes elsewhere.
    figure.savefig(png, format="png", dpi=DPI, bbox_inches=_laid_out(figure), metadata={"Software": None})
    return png.getvalue()


def _laid_out(figure: Figure) -> Bbox:
    """Lays the figure out and gives the box (inches) around all it shows, a margin included.

    What ``bbox_inches="tight"`` finds as well, by drawing everything once more for nothing.
    """
    figure.dpi = DPI
    if figure.axes and (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    return figure.get_tightbbox().padded(rcParams["savefig.pad_inches"])
