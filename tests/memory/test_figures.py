"""Figures are drawn of any table that may be; a figure that there is nothing for is left out."""

import numpy as np
import pytest
from tests.memory.tables import (
    FACTORS,
    FACTS,
    exam_tables,
    histogram_table,
    over_lag,
    padding_table,
    truncation_table,
)

from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.memory import figures

TRUNCATION = truncation_table(k1=(0.8, -0.2, -0.3, -0.1), k11=(1.0, 0.0, 0.0, 0.0))
PADDING = padding_table(rnn=(1.0, 0.9, 0.3, 0.25), lstm=(1.0, 0.99, 0.98, 0.97))


def drawn(facts=FACTS, padding=PADDING, truncation=TRUNCATION, exams=None):
    of_lag = [over_lag(value, FACTORS) for value in ("share", "gain")]
    return figures.all_figures(*of_lag, histogram_table(), padding, truncation, *(exams or exam_tables()), facts)


def test_all_are_drawn():
    assert set(drawn()) == {"gradients", "jacobians", "gates", "padding", "truncation", "exams"}
    assert all(png.startswith(b"\x89PNG") for png in drawn(FACTS | {"step_s": None}).values())


def test_what_there_is_nothing_for_is_left_out():
    empty = tuple(table.head(0) for table in exam_tables())
    alone = drawn(FACTS | {"longest": 1}, PADDING[PADDING["padding"] == 0], TRUNCATION.head(0), empty)
    assert set(alone) == {"gates"}


@pytest.mark.parametrize("lags", [2, 5000])
def test_zeros_and_gaps_are_no_line_and_no_warning(lags, recwarn):
    table = over_lag("share", {("rnn", "before"): 3.0, ("rnn", "after"): 1.0}, lags)
    table.loc[table["when"] == "after", ["share_low", "share", "share_high"]] = np.nan
    table.loc[table["lag"] == 1, ["share_low", "share"]] = 0.0
    figure = figures.over_lag(table, "share", "gradient", 0.1)
    png_bytes(figure)
    low, high = figure.axes[0].get_ylim()
    assert low >= figures.LOWEST
    assert high > low
    assert not recwarn.list


def test_the_legend_names_each_line_once():
    figure = figures.over_lag(over_lag("gain", FACTORS), "gain", "gain", None)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["RNN", "LSTM, h", "LSTM, C", "before training", "after training"]
