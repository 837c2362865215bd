"""What the report says of models of sentences, and of their data."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from tests.evaluation.report.pages import Page
from tests.evaluation.sentence_tables import ACTIONS, dataset, judged, table

from seqpipe.evaluation.base import COUNTED, LOG_P, evaluation_of
from seqpipe.evaluation.figures.classification import comparison
from seqpipe.evaluation.figures.style import new_figure, png_bytes
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.run import render_report
from seqpipe.evaluation.report.section import Column, Folded, Picture, Side, Table, Text
from seqpipe.evaluation.report.sentences import FIGURES, SHEET, model_sections

CIDER, BLEU = Column("cider", "CIDEr-D", "share"), Column("bleu_4", "BLEU", "share")
TRUE = [[text] for text in ACTIONS]
SUMMARY = {
    "corpus": "flickr", "backbone": "resnet18", "source_domain": "ImageNet", "view": "whole", "snippet": None,
    "layer": "last_conv", "frames": 1, "feature_size": 25088, "seed": 42, "device": "cpu", "command": "kedro run",
    "git_commit": "0123abc",
}  # fmt: skip


def report(results, config, references, task="image_captioning", columns=None):
    """The page of these models, of a corpus whose samples have these references."""
    evaluation = evaluation_of(task)
    board, primary = leaderboard(results, evaluation), evaluation.primary
    data = dataset(references, splits=["train"] * (len(references) - 2) + ["val", "test"])
    inputs = ReportInputs(
        title="Captions",
        task=task,
        summary=SUMMARY,
        config=config,
        leaderboard=board,
        results=results,
        figures={name: {} for name in results},
        comparison=png_bytes(comparison(board, primary.key, primary.heading, evaluation.told_apart)),
        samples=evaluation.counted(data),
        quarantine=pd.DataFrame(columns=["path", "reason", "detail"]),
        contrast=evaluation.contrast(board, results, data),
        columns=columns or {},
    )
    return Page(render_report(inputs))


def section(predictions, config, task="image_captioning", figures=None, **changes):
    """The one section of a model with these predictions."""
    kind, primary = ("translation", BLEU) if task == "translation" else ("captions", CIDER)
    (made,) = model_sections("lstm", judged(predictions, config, task, **changes), figures or {}, kind, primary)
    return made


def words(section, look=None):
    """What the texts of a section say."""
    said = [part.content for part in section.parts if isinstance(part, Text) and look in (None, part.look)]
    return " ".join(" ".join(getattr(one, "text", one) for one in ([of] if isinstance(of, str) else of)) for of in said)


def tables(section):
    return [part for part in section.parts if isinstance(part, Table)]


@pytest.fixture
def page(config):
    """Two models and a human who is better than both."""
    several = [[text, text, f"{text} now"] for text in ACTIONS]
    results = {
        "decoder_par": judged(table(several, [f"{text} today" for text in ACTIONS]), config),
        "fixed_sentence": judged(table(several, [ACTIONS[0]] * 5), config, trainable_parameters=0),
    }
    return report(results, config, several)


def test_the_lead_tells_samples_and_sentences(page):
    said = "5 samples with 15 sentences from flickr, split into 3 for training, 1 for validation and 1 for the test."
    assert said in page.text
    assert "One frame of each was read by resnet18" in page.text
    assert "On these features 2 models were trained" in page.text
    assert "classes" not in page.text


def test_the_data_are_told_by_split(page):
    assert "5 samples in 5 groups." in page.text
    assert re.search(r"samples ?3 ?1 ?1 ?sentences ?9 ?3 ?3 ?words in a sentence, mean ?3\.3 ?3\.3 ?4\.3", page.text)


def test_a_human_may_be_first_and_is_not_the_best_model(page):
    rows = [attrs for tag, attrs in page.elements if tag == "tr"][1:4]
    assert [attrs.get("class") for attrs in rows] == [None, "best", None]
    assert re.search(r"human ?1?\d\.", page.text)
    assert not re.search(r"human ?best", page.text)
    assert re.search(r"decoder_par ?best", page.text)
    assert "nan" not in page.text


def test_signatures_are_told_once(page):
    assert page.text.count("tok:words-1|smooth:none") == 1
    assert page.text.count("df:references-judged") == 1


def test_what_is_wrong_with_a_model_is_told_beside_the_leaderboard_too(config):
    results = {"decoder_par": judged(table(TRUE, [ACTIONS[0]] * 5), config)}
    page = report(results, config, TRUE)
    assert page.text.count("decoder_par says one sentence to 1.000 of the test samples") == 2
    assert sum(attrs.get("class") == "warning" for _, attrs in page.elements) == 2


def test_over_further_columns_models_are_held_against_each_other_by_the_score_of_each_sample(config):
    answers = [*ACTIONS[:2], "x", "y", "z"]
    where = pd.Series(["in", "in", "out", "out", "out"], [f"s{row:02d}" for row in range(5)])
    page = report({"decoder_par": judged(table(TRUE, answers), config)}, config, TRUE, columns={"where": where})
    assert "CIDEr-D of all models over where" in [attrs["alt"] for attrs in page.attributes("img")]
    assert re.search(r"in ?2 ?[1-9]\.\d+ ?out ?3 ?0\.000", page.text), "more than the share of right answers"


def test_judgement_and_scores(config):
    predictions = table([["a dog runs", "a hound"], ["two cats"]], ["a dog runs", ""], train=["a dog runs"])
    made = section(predictions.assign(**{LOG_P: -2.0, COUNTED: 2}), config)
    said = words(made)
    assert said.startswith("An LSTM that looks at what is seen, at each word anew. CIDEr-D ")
    assert "Of the answers 0.500 are one of the references, word by word, 0.500 are sentences of train" in said
    assert "They have 1.5 words in the mean, the references 2.3. 1 answer is empty." in said
    assert "as unsure as among 2.7 alike (perplexity)" in said
    assert "It reads" not in said, "steps in an order decide nothing for a picture"
    scores = tables(made)[0]
    assert [column.heading for column in scores.columns] == [
        "split", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D", "chrF", "word errors", "exact",
    ]  # fmt: skip
    assert [row["exact"] for row in scores.rows] == [0.5, 0.25]


def test_a_baseline_shows_what_it_has(config):
    made = section(table(TRUE, ACTIONS, others=()), config, description="", trials=3)
    said = words(made)
    assert said.startswith("CIDEr-D ")
    assert "perplexity" not in said
    assert "sentences of train" not in said
    assert "All 15 different words of the references are said." in said
    assert words(made, "warning") == ""
    facts = dict(made.parts[1].facts)
    assert facts["Chosen"].startswith("the highest CIDEr-D on validation of 3 settings fitted on train (CIDEr-D there")


def test_words_never_said_are_named_the_most_frequent_first(config):
    said = words(section(table([["a dog"], ["a cat"], ["a dog sits"]], ["a", "a", "a"]), config))
    assert "Of the 4 different words of the references 3 are never said, the most frequent of them: dog (2), " in said


def test_examples_show_the_closest_reference_and_all_that_was_found(config):
    made = section(table([["two cats", "a dog"]], ["a dog runs"], others=["a hound"]), config)
    (_, shown), (folded,) = tables(made), [part for part in made.parts if isinstance(part, Folded)]
    (row,) = shown.rows
    assert [column.key for column in shown.columns] == ["place", "score", "predicted", "closest", "id"]
    assert (row["place"], row["predicted"], row["closest"]) == ("best", "a dog runs", "a dog")
    found = folded.parts[1]
    assert [(line["what"], line["score"], line["text"]) for line in found.rows] == [
        ("answer", -0.5, "a dog runs"),
        ("beam 2", -0.9, "a hound"),
        ("reference", None, "two cats"),
        ("reference", None, "a dog"),
    ]


@pytest.mark.parametrize(
    ("tokens", "source"), [(("?", "eins", "zwei"), "? eins zwei"), (("?", "e", "i"), "?ei")], ids=["words", "letters"]
)
def test_examples_of_translations_show_the_source(config, tokens, source):
    predictions = table([["one"], ["two"], ["three"]], ["one", "two", "x"], "translation", tokens=tokens)
    shown = tables(section(predictions, config, "translation"))[1]
    assert shown.columns[2].key == "source"
    assert shown.rows[0]["source"] == source


def test_every_figure_has_a_heading_and_says_how_to_read_it(config):
    png = png_bytes(new_figure(0.5))
    made = section(table(TRUE, ACTIONS), config, figures=dict.fromkeys([*FIGURES, SHEET], png))
    (side,) = (part for part in made.parts if isinstance(part, Side))
    assert [picture.heading for picture in side.pictures] == [heading for heading, _ in FIGURES.values()]
    assert all(picture.reading.endswith(".") for picture in side.pictures)
    assert sum(isinstance(part, Picture) for part in made.parts) == 1, "the sheet goes with the examples"
