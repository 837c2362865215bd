"""Class names in any script are drawn as they are: no letter of a figure is a box."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import pytest

from seqpipe.evaluation.figures.classification import comparison, confusion_matrix, roc_pr
from seqpipe.evaluation.figures.embedding import embedding_figure
from seqpipe.evaluation.figures.fonts import set_fonts
from seqpipe.evaluation.figures.labels import Label, place_labels, settle
from seqpipe.evaluation.figures.style import new_figure, plain, png_bytes
from seqpipe.evaluation.figures.transfer import Explained, gradcam_panels

NAMES = {
    "Japanese": ["歩く", "走る・ジャンプ"],
    "Chinese": ["行走", "汉语 / 漢語"],
    "Korean": ["걷기", "달리기"],
    "Arabic": ["يمشي", "يركض"],
    "Devanagari": ["चलना", "क्षमा"],
    "Hebrew": ["הולך", "רץ"],
    "Thai": ["เดิน", "วิ่ง"],
    "Bengali": ["হাঁটা", "দৌড়"],
    "Tamil": ["நடை", "ஓட்டம்"],
    "Georgian": ["სიარული", "სირბილი"],
    "Amharic": ["መራመድ", "መሮጥ"],
    "Cyrillic and Greek": ["ходьба", "περπάτημα"],
    "emoji": ["🏃", "🚶\u200d♂\ufe0f walk"],
    "mixed": ["walk 歩く يمشي चलना", "run $5 走る"],
}


@pytest.fixture(autouse=True)
def no_box():
    """matplotlib warns of each letter that it has no shape for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing from font")
        yield


EVERY_NAME = [name for names in NAMES.values() for name in names]


@pytest.mark.parametrize("script", NAMES)
def test_the_labels_beside_points(script):
    figure = new_figure(1.0)
    axes = figure.add_subplot()
    settle(figure)
    labels = [Label(plain(name), 0.5, 0.5, "black", bold=True) for name in NAMES[script]]
    place_labels(axes, labels, avoid=[[0.5, 0.5]])
    png_bytes(figure)


def test_the_figures_of_a_model(predict):
    truth = np.arange(len(EVERY_NAME))
    predictions = predict(truth, np.roll(truth, 1), EVERY_NAME)
    png_bytes(confusion_matrix(predictions))
    png_bytes(roc_pr(predictions))


def test_the_figures_of_the_comparison():
    names = NAMES["mixed"]
    board = {"accuracy": [0.8, 0.5], "accuracy_low": [0.7, 0.4], "accuracy_high": [0.9, 0.6], "chance": [0.5, 0.5]}
    png_bytes(comparison(pd.DataFrame({"model": names, "reads_order": [True, False], **board})))
    table = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "label": names, "split": ["test", "test"]})
    png_bytes(embedding_figure(table))
    frame, heat = np.zeros((8, 8, 3), np.uint8), np.zeros((2, 2))
    png_bytes(gradcam_panels([Explained(frame, heat, names[0], name, 0.5) for name in names]))


def test_a_letter_that_no_font_has_is_told_of_once(caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            figure = new_figure(1.0)
            figure.text(0, 0, "བོད")
            set_fonts(figure)
    assert [record.getMessage().startswith("No font has the letters") for record in caplog.records] == [True]


def test_latin_text_stays_as_it_is():
    figure = new_figure(1.0)
    shown = figure.text(0, 0, "Straße – ñ, 80 %", fontweight="bold")
    before = shown.get_fontfamily()
    set_fonts(figure)
    assert (shown.get_fontfamily(), shown.get_fontweight()) == (before, "bold")


def test_a_long_name_is_cut_between_letters_by_the_room_they_take():
    assert plain("abcdefghij", 7) == "abc…hij"
    assert plain("一二三四五六七八", 9) == "一二…七八"
    assert plain("e\u0301" * 10, 5) == "e\u0301e\u0301…e\u0301e\u0301"
    assert plain("一二三四", 8) == "一二三四"
