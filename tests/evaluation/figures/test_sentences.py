"""What is drawn of a model of sentences: each figure of what the table holds, and none of what it does not."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.evaluation.sentence_tables import ACTIONS, judged, table

from seqpipe.core.lineage import with_lineage
from seqpipe.evaluation.base import Judged, evaluation_of
from seqpipe.evaluation.figures.attention import looks, strongest
from seqpipe.evaluation.figures.attention_places import attention_places, shows_places
from seqpipe.evaluation.figures.attention_steps import attention_steps, edges_s
from seqpipe.evaluation.figures.attention_words import attention_words
from seqpipe.evaluation.figures.sentence_lengths import lengths_figure, positions_figure
from seqpipe.evaluation.figures.sentence_sheet import sentence_sheet
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.report.sentence_examples import with_closest
from seqpipe.evaluation.sentence_examples import examples
from seqpipe.evaluation.sentences import scores_of
from seqpipe.modalities.base import READ, Drawing
from seqpipe.modalities.pictures import Pictures

CIDER, BLEU = Column("cider", "CIDEr-D", "share"), Column("bleu_4", "BLEU", "share")
TRUE = [[text] for text in ACTIONS]
NO_TRIALS, NO_HISTORY = pd.DataFrame({"trial": [0]}), pd.DataFrame()
TRIALS = pd.DataFrame({"trial": [0, 1], "param.neighbours": [5, 15], "val_cider": [0.2, 1.4]})
HISTORY = pd.DataFrame({
    "epoch": [0, 1], "train_loss": [2.0, 1.0], "val_loss": [2.1, 1.5],
    "train_accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.3], "val_cider": [0.2, 0.4],
})  # fmt: skip
WHOLE = {"view": "whole", "resize": 64, "crop": 48}


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.fixture
def samples(tmp_path):
    """Five pictures, twice as wide as high, brighter on the right."""
    rows = []
    for number in range(5):
        path = tmp_path / f"s{number:02d}.png"
        ramp = np.tile(np.linspace(0, 255, 80), (40, 1))
        Image.fromarray(ramp.astype(np.uint8)).convert("RGB").save(path)
        rows.append({"id": f"s{number:02d}", "path": str(path), "kind": "image", "length": 1})
    lineage = {"corpus": {"modality": "pictures"}, "samples": {"digest": "0"}}
    return with_lineage(pd.DataFrame(rows), lineage)


@pytest.fixture
def drawn(config, samples):
    """The figures of a model with these predictions."""

    def make(predictions, task="image_captioning", trials=NO_TRIALS, history=NO_HISTORY, **changes):
        fit = judged(predictions, config, task, **changes).fit
        return evaluation_of(task).figures(Judged(predictions, fit, trials, history, samples, None, config))

    return make


def test_a_model_without_attention_epochs_or_search_has_lengths_and_examples(drawn):
    made = drawn(table(TRUE, ACTIONS, steps=1))
    assert set(made) == {"lengths", "examples"}
    for png in made.values():
        assert Image.open(io.BytesIO(png)).format == "PNG"


def test_training_search_and_attention_are_drawn_where_there_were_any(drawn):
    predictions = table(TRUE, ACTIONS, places=49, steps=1, lineage={"backbone": WHOLE})
    made = drawn(predictions, trials=TRIALS, history=HISTORY, places=49)
    assert set(made) == {"lengths", "examples", "learning_curves", "trials", "attention_places"}


def test_of_several_crops_no_place_is_told(drawn):
    predictions = table(TRUE, ACTIONS, places=49, steps=1, lineage={"backbone": {**WHOLE, "view": "crops"}})
    assert "attention_places" not in drawn(predictions, places=49)
    assert not shows_places({"view": "centre"}), "how much of a frame that is was not kept"
    assert shows_places({"view": "centre", "resize": 64, "crop": 48})


def test_lengths_are_shares_of_answers_and_of_references():
    predictions = table([["a b c", "a b"], ["a b c d"]], ["a b", "a b c d"])
    left, right = lengths_figure(predictions, scores_of(predictions, "captions"), CIDER).axes
    heights = [[round(bar.get_height(), 3) for bar in bars] for bars in left.containers]
    assert heights == [[0, 0, 0.5, 0, 0.5], [0, 0, 0.333, 0.333, 0.333]]
    assert left.get_legend_handles_labels()[1] == ["answers, mean 3.0", "references, mean 3.0"]
    assert right.get_xlabel() == "words of the answer"
    assert len(right.collections[0].get_offsets()) == 2


def test_the_score_of_translations_is_over_the_length_of_the_source():
    predictions = table(TRUE, ACTIONS, "translation", tokens=("?", "eins"), steps=4)
    right = lengths_figure(predictions, scores_of(predictions, "translation"), BLEU).axes[1]
    assert right.get_xlabel() == "tokens of the source"
    assert set(right.collections[0].get_offsets()[:, 0]) == {4.0}


@pytest.mark.parametrize("answers", [[""] * 5, ["a very " * 40] * 5])
def test_lengths_bear_what_models_say(answers):
    predictions = table(TRUE, answers)
    assert png_bytes(lengths_figure(predictions, scores_of(predictions, "captions"), CIDER))


def test_positions_are_drawn_where_all_references_are_as_long():
    even = table([["a b c"], ["a b d"]], ["a b c", "a x"])
    axes = positions_figure(scores_of(even, "captions")).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [1.0, 0.5, 0.5]
    assert texts(axes) == ["1.00", "0.50", "0.50"]
    assert positions_figure(scores_of(table(TRUE, ACTIONS), "captions")) is None


def test_looks_are_of_what_is_there_alone():
    predictions = table(TRUE, ACTIONS, "translation", places=9, tokens=("?", "eins"), steps=4)
    found = looks(predictions, "translation", BLEU, 1)
    assert [look.heading.split(",")[0] for look in found] == ["best", "median", "worst"]
    for look in found:
        assert look.weights.shape == (len(look.words), 4), "what is longest decides how many places there are"
    assert looks(table(TRUE, [""] * 5, places=3), "captions", CIDER, 1) == []
    assert looks(table(TRUE, ACTIONS, places=1, steps=1), "captions", CIDER, 1) == [], "it could look nowhere else"


def test_an_even_look_is_pale():
    assert strongest(np.full((3, 12), 1 / 12)) == pytest.approx(3 / 12)
    assert strongest(np.eye(3)) == 1.0
    assert strongest(np.full((3, 2), 0.5)) == 1.0


@pytest.mark.parametrize(("steps", "beside"), [(4, 2), (30, 1), (100, 1)])
def test_words_by_words_has_a_row_a_word_and_a_column_a_source_word(steps, beside):
    tokens = ("?", *(f"wort{number}" for number in range(steps)))
    predictions = table(TRUE, ACTIONS, "translation", places=steps, tokens=tokens, steps=steps)
    found = looks(predictions, "translation", BLEU, 1)
    figure = attention_words(found, [look.row[READ] for look in found])
    shown = [axes for axes in figure.axes if axes.collections]
    assert len(shown) == len(found)
    assert len({round(axes.get_subplotspec().colspan.start) for axes in shown}) == beside
    for axes, look in zip(shown, found, strict=True):
        assert [label.get_text() for label in axes.get_yticklabels()] == list(look.words)
        assert axes.collections[0].get_array().shape == look.weights.shape
        assert len(axes.get_xticks()) <= 50
    assert shown[0].get_xticklabels()[0].get_text() == found[0].row[READ][0]


def test_steps_are_below_the_frames_and_places_are_summed_up(samples):
    predictions = table(TRUE, ACTIONS, places=12, steps=3)
    found = looks(predictions, "captions", CIDER, 4)
    figure = attention_steps(found, samples.assign(length=1), Pictures(), 4)
    above, below = (figure.axes[0], figure.axes[1])
    assert len(above.images) == 3
    assert above.get_xlim() == below.get_xlim() == (0.0, 3.0)
    weights = below.collections[0].get_array()
    assert weights.shape == (len(found[0].words), 3)
    assert weights.sum(axis=1).tolist() == [1.0] * len(found[0].words)
    assert [label.get_text() for label in below.get_xticklabels()] == ["0.50", "1.50", "2.50"]


def test_what_cannot_be_read_any_more_is_told(samples):
    found = looks(table(TRUE, ACTIONS, places=12, steps=3), "captions", CIDER, 4)
    gone = samples.assign(path="gone.png")
    assert any("cannot be shown" in text for text in texts(attention_steps(found, gone, Pictures(), 4).axes[0]))
    still = looks(table(TRUE, ACTIONS, places=49, steps=1), "captions", CIDER, 49)
    blocks = attention_places(still, gone, WHOLE).subfigs
    assert all("cannot be shown" in block.texts[-1].get_text() for block in blocks)


class Curve:
    """Draws ten seconds."""

    def drawing(self, sample, times_s):
        return Drawing(0.2, lambda axes: axes.plot([0, 10], [0, 1]))


@pytest.mark.parametrize("by", [Curve(), None])
def test_steps_of_other_samples_lie_at_their_seconds(samples, by):
    found = looks(table(TRUE, ACTIONS, places=3, steps=3), "captions", CIDER, 1)
    figure = attention_steps(found, samples, by, 1)
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim() == (0.0, 3.0)
    assert png_bytes(figure)


def test_a_step_ends_halfway_to_the_next():
    assert edges_s(np.array([0.0, 1.0, 3.0])).tolist() == [-0.5, 0.5, 2.0, 4.0]
    assert edges_s(np.array([2.0])).tolist() == [1.5, 2.5]


@pytest.mark.parametrize(("view", "size"), [("whole", (80, 160)), ("centre", (160, 160)), ("pad", (160, 160))])
def test_places_lie_over_the_picture_as_it_was_read(samples, view, size):
    answers = [f"{text} ." for text in ACTIONS]
    found = looks(table(TRUE, answers, places=49, steps=1), "captions", CIDER, 49)
    figure = attention_places(found, samples, {**WHOLE, "view": view})
    panels = figure.subfigs[0].axes
    assert [axes.get_title() for axes in panels[1:4]] == list(found[0].words[:3])
    assert sum(bool(axes.images) for axes in panels) == len(found[0].words), "the picture, and no panel for the mark"
    shown = panels[1].images[0].get_array()
    assert shown.shape == (*size, 3)
    grey, warm = (np.ptp(shown[place].astype(int), axis=-1).max() for place in ((-5, -5), (4, 4)))
    assert warm > grey + 50, "the first word looked at the upper left corner"


def test_the_sheet_shows_answers_below_pictures(samples):
    answers = ["a $dog runs", "", *ACTIONS[2:]]
    shown = with_closest(examples(table(TRUE, answers, steps=1), "captions", "cider", 3), "captions")
    figure = sentence_sheet(shown, samples, Pictures(), CIDER)
    told = [line for axes in figure.axes for line in texts(axes)]
    assert "(nothing)" in told
    assert sum(line.startswith("true: ") for line in told) == len(shown)
    assert sum(bool(axes.images) for axes in figure.axes) == len(shown)
    assert png_bytes(figure)


def test_wide_drawings_have_a_row_each(samples):
    shown = with_closest(examples(table(TRUE, ACTIONS), "captions", "cider", 3), "captions")
    figure = sentence_sheet(shown, samples, Curve(), CIDER)
    assert all(axes.get_subplotspec().colspan.start == 0 for axes in figure.axes)
