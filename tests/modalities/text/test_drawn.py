"""A text is drawn with the tokens that decided."""

import numpy as np
from matplotlib.figure import Figure

from seqpipe.modalities.text.drawn import COLUMNS, LINES, STRONGEST, text_drawing
from seqpipe.modalities.text.modality import Text


def drawn(tokens, weights):
    axes = Figure().add_subplot()
    drawing = text_drawing(tokens, weights)
    drawing.onto(axes)
    return drawing, axes


def said(axes):
    rows = {}
    for letter in axes.texts:
        rows.setdefault(letter.get_position()[1], []).append((letter.get_position()[0], letter.get_text()))
    return ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]


def test_every_letter_is_there_and_the_token_that_decided_most_is_the_darkest():
    _, axes = drawn(["one", "two", "three"], [0.1, -0.4, 0.0])
    assert said(axes) == ["onetwothree"]
    assert [round(bar.patches[0].get_alpha(), 4) for bar in axes.containers] == [STRONGEST / 4, STRONGEST, 0]


def test_a_long_text_is_shown_around_what_decided_most():
    tokens = [f"w{n:03d}" for n in range(400)]
    weights = np.zeros(400)
    weights[390] = 1.0
    drawing, axes = drawn(tokens, weights)
    assert "w390" in "".join(said(axes))
    assert len(said(axes)) == LINES
    assert all(len(line) <= COLUMNS for line in said(axes))
    assert drawing.aspect < 0.2


def test_without_weights_the_words_are_shown(text_config, written):
    path = written("A small text")[0][0]
    axes = Figure().add_subplot()
    Text(text_config()).drawing({"path": path}, []).onto(axes)
    assert said(axes) == ["asmalltext"]
