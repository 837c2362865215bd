"""Names beside the points of a figure, put where they cover neither each other nor a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from seqpipe.evaluation.figures.fonts import set_font, set_fonts
from seqpipe.evaluation.figures.size import DPI
from seqpipe.evaluation.figures.style import GREY, SMALL_PT

Floats = npt.NDArray[np.float64]

# Places that are tried, nearest first: the gap between the point and the label, and the side it lies on
GAPS_PT = (5.0, 10.0, 16.0, 24.0, 34.0, 46.0, 60.0, 76.0)
STRAIGHT = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
SLANTED = tuple((x, y) for x in (1.0, 0.5, -0.5, -1.0) for y in (1.0, 0.5, -0.5, -1.0) if max(abs(x), abs(y)) == 1.0)
LINE_FROM_PT = 10.0  # from this gap on a thin line leads to the point
POINT_PT = 3.0
# Another label under it, or the edge of the axes, is worse than a point under it, and that worse than a gap
OVERLAP_COST, POINT_COST, GAP_COST = 100.0, 4.0, 0.1


@dataclass(frozen=True)
class Label:
    """A text for the point (x, y), in data coordinates."""

    text: str
    x: float
    y: float
    colour: str
    bold: bool = False


def settle(figure: Figure) -> None:
    """Lays the figure out, which must be done once between the last thing drawn and the first labels placed."""
    figure.set_dpi(DPI)  # letters are rounded to pixels: at another resolution the texts have another width
    set_fonts(figure)
    figure.draw_without_rendering()


def place_labels(axes: Axes, labels: Sequence[Label], avoid: npt.ArrayLike, on_point: bool = False) -> list[Annotation]:
    """Writes each label at the first place that is free, or the least bad one; the first labels choose first.

    Everything else is drawn, the limits are set and the figure is settled (`settle`) before.

    Args:
        avoid: (n, 2) points not to be covered, data coordinates; those of the labels themselves among them.
        on_point: the first place tried is the label's middle on its point.
    """
    obstacles = axes.transData.transform(np.asarray(avoid, dtype=np.float64).reshape(-1, 2))
    taken: list[Bbox] = []
    notes = []
    for label in labels:
        note = _written(axes, label)
        box, gap_pt = _best_place(axes, note, DPI / 72.0, obstacles, taken, on_point)
        corner = (box.p0 - axes.transData.transform(note.xy)) * 72.0 / DPI
        note.set_position((float(corner[0]), float(corner[1])))
        if note.arrow_patch is not None:
            note.arrow_patch.set_visible(gap_pt >= LINE_FROM_PT)
        taken.append(box)
        notes.append(note)
    return notes


def _written(axes: Axes, label: Label) -> Annotation:
    note = axes.annotate(
        label.text,
        (label.x, label.y),
        (0.0, 0.0),
        textcoords="offset points",
        fontsize=SMALL_PT,
        fontweight="bold" if label.bold else "normal",
        color=label.colour,
        ha="left",
        va="bottom",
        path_effects=[withStroke(linewidth=2.0, foreground="white")],
        arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": GREY, "shrinkA": 0.0, "shrinkB": 2.0},
        zorder=5,
    )
    set_font(note)
    note.set_in_layout(False)  # else the layout, and with it every place, would change once more
    return note


def _best_place(
    axes: Axes, note: Annotation, px: float, obstacles: Floats, taken: list[Bbox], on_point: bool
) -> tuple[Bbox, float]:
    """The box in pixels of the place that costs least, and its gap in points."""
    frame = axes.get_window_extent()
    size = Text.get_window_extent(note)  # an annotation's own would hold its line too
    at = axes.transData.transform(note.xy)
    places = [(_box(at, side, gap * px, size), gap) for gap in GAPS_PT for side in STRAIGHT + SLANTED]
    if on_point:
        places.insert(0, (_box(at, (0, 0), 0.0, size), 0.0))
    costs = [_cost(box, frame, obstacles, POINT_PT * px, taken) + GAP_COST * gap for box, gap in places]
    return places[int(np.argmin(costs))]


def _box(at: Floats, side: tuple[float, float], gap: float, size: Bbox) -> Bbox:
    """A box of this size on this side of the point; on a diagonal the gap is that of its corner."""
    reach = gap / max(1.0, float(np.hypot(*side)))
    x = at[0] + side[0] * reach + (side[0] - 1) / 2 * size.width
    y = at[1] + side[1] * reach + (side[1] - 1) / 2 * size.height
    return Bbox.from_bounds(x, y, size.width, size.height)


def _cost(box: Bbox, frame: Bbox, obstacles: Floats, margin: float, taken: list[Bbox]) -> float:
    area = box.width * box.height
    covered = sum(_shared_area(box, other) for other in taken) / area
    outside = 1.0 - _shared_area(box, frame) / area
    under = box.padded(margin)
    inside = ((obstacles > under.p0) & (obstacles < under.p1)).all(axis=1).sum()
    return OVERLAP_COST * (covered + outside) + POINT_COST * float(inside)


def _shared_area(a: Bbox, b: Bbox) -> float:
    shared = Bbox.intersection(a, b)
    return float(shared.width * shared.height) if shared is not None else 0.0
