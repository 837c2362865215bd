"""A contact sheet shows a sample a row, as its modality draws it."""

import pandas as pd
import pytest

from seqpipe.evaluation.figures.contact_sheet import TALLEST_IN, contact_sheet
from seqpipe.evaluation.figures.style import SMALL_PT
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import Drawing


class Lines:
    """Draws the times that a model was shown; the file `gone` cannot be read."""

    aspect = 0.1

    def drawing(self, sample, times_s):
        if sample["path"] == "gone":
            raise InvalidSample("unreadable", "It was moved.")

        def onto(axes):
            axes.plot(times_s)
            axes.set_xlabel("seconds", fontsize=30)

        return Drawing(self.aspect, onto)


@pytest.fixture
def rows(predict):
    return predict([0, 1], [1, 0], ["cat", "dog"])


SAMPLES = pd.DataFrame({"id": ["s1", "s0"], "path": ["here", "gone"]})
TIMES = {"s0": [0.0], "s1": [0.0, 0.5, 1.0]}


def test_a_row_is_drawn_by_the_modality_and_titled(rows):
    gone, shown = contact_sheet(rows, SAMPLES, TIMES, Lines()).axes
    assert shown.lines[0].get_ydata().tolist() == TIMES["s1"]
    assert shown.get_title(loc="left") == "dog taken for cat, 0.80 sure    s1"
    assert shown.xaxis.label.get_size() == SMALL_PT
    assert gone.texts[0].get_text() == "it cannot be shown: unreadable: It was moved."


def test_no_drawing_is_taller_than_a_row_may_be(rows):
    low, high = (contact_sheet(rows.tail(1), SAMPLES, TIMES, by()).get_figheight() for by in (Lines, Tall))
    assert low < 1.1
    assert TALLEST_IN < high < 2 * TALLEST_IN


class Tall(Lines):
    aspect = 3.0
