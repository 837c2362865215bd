"""Labels lie where they cover nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from seqpipe.evaluation.figures.labels import LINE_FROM_PT, Label, place_labels, settle
from seqpipe.evaluation.figures.style import new_figure


@pytest.fixture
def axes():
    axes = new_figure(3.0, 4.0).add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    settle(axes.get_figure())
    return axes


def boxes(notes) -> list[Bbox]:
    """Of the texts as they are drawn, pixels."""
    notes[0].get_figure().draw_without_rendering()
    return [Text.get_window_extent(note) for note in notes]


def gaps_pt(axes, notes) -> list[float]:
    """Between each label's box and its point."""
    dpi = axes.get_figure().dpi
    gaps = []
    for note, box in zip(notes, boxes(notes), strict=True):
        at = axes.transData.transform(note.xy)
        gaps.append(float(np.hypot(*np.maximum(0.0, np.maximum(box.p0 - at, at - box.p1)))) * 72 / dpi)
    return gaps


def test_a_label_alone_lies_to_the_right_of_its_point(axes):
    (note,) = place_labels(axes, [Label("alone", 0.4, 0.5, "black")], avoid=[(0.4, 0.5)])
    (box,) = boxes([note])
    at = axes.transData.transform((0.4, 0.5))
    assert box.x0 > at[0]
    assert box.y0 < at[1] < box.y1
    assert not note.arrow_patch.get_visible()


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.2])
def test_labels_cover_neither_each_other_nor_the_points_nor_the_edge(axes, spread):
    places = 0.5 + spread * np.random.default_rng(0).normal(size=(8, 2))
    labels = [Label(f"label {i}", x, y, "black") for i, (x, y) in enumerate(places)]
    notes = place_labels(axes, labels, avoid=places)
    found = boxes(notes)
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    pixels = axes.transData.transform(places)
    assert not any(box.contains(*at) for box in found for at in pixels)
    frame = axes.get_window_extent()
    assert all(frame.contains(*box.p0) and frame.contains(*box.p1) for box in found)


def test_far_labels_are_led_to_their_points(axes):
    notes = place_labels(axes, [Label(f"l{i}", 0.5, 0.5, "black") for i in range(14)], avoid=[(0.5, 0.5)])
    led = [note.arrow_patch.get_visible() for note in notes]
    assert any(led)
    assert not all(led)
    assert all(seen or gap < LINE_FROM_PT for seen, gap in zip(led, gaps_pt(axes, notes), strict=True))


def test_in_a_corner_labels_stay_inside(axes):
    notes = place_labels(axes, [Label("a longer label", 1.0, 1.0, "black")], avoid=[(1.0, 1.0)])
    assert axes.get_window_extent().contains(*boxes(notes)[0].p1)


def test_on_the_point_where_that_is_free(axes):
    labels = [Label("first", 0.5, 0.5, "black"), Label("second", 0.5, 0.5, "black")]
    first, second = boxes(place_labels(axes, labels, avoid=[], on_point=True))
    middle = (first.p0 + first.p1) / 2
    assert middle == pytest.approx(axes.transData.transform((0.5, 0.5)), abs=1.0)
    assert not first.overlaps(second)


def test_places_stay_when_the_figure_is_saved(axes, tmp_path):
    notes = place_labels(axes, [Label("stays", 0.4, 0.5, "black")], avoid=[])
    before = notes[0].get_position()
    axes.get_figure().savefig(tmp_path / "figure.png")
    assert notes[0].get_position() == before
