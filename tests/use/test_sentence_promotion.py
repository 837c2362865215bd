"""Models of sentences are compared by the score of their leaderboard, on the same samples and references."""

from types import SimpleNamespace

import pandas as pd
import pytest

from seqpipe.commands.promote import _told
from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.base import evaluation_of
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.tracking.champion import _compared
from seqpipe.use.predictor import Answers
from seqpipe.use.promotion import answered_as
from seqpipe.use.sentence_promotion import sentence_duel

CONFIG = EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=10, mistakes=0)
REFERENCES = [["the red dog runs home now"], ["a blue cat sleeps all day"], ["two green birds fly far away"]]
RIGHT = [of[0] for of in REFERENCES]
WORSE = ["the red dog runs home", "a blue cat", "two birds"]
BLEU = evaluation_of("translation").primary


def predictions(answers, ids="abc"):
    table = {"id": list(ids), "group": list(ids), "predicted": answers, "label": RIGHT[: len(ids)]}
    return pd.DataFrame({**table, "correct": False, "references": REFERENCES[: len(ids)]})


def compared(candidate, champion):
    return sentence_duel(candidate, champion, CONFIG, 0, "translation", BLEU)


def test_the_score_of_the_whole_test_decides_not_who_is_exactly_right():
    told = compared(predictions(RIGHT), predictions(WORSE))
    expected = SentenceScores(WORSE, REFERENCES, range(3), "translation").value("bleu_4")
    assert (told.score, told.candidate, told.champion) == ("BLEU", 1.0, pytest.approx(expected))
    assert told.difference.mean == pytest.approx(1.0 - expected)
    assert told.difference.low <= told.difference.mean <= told.difference.high
    assert (told.passed, told.samples, told.groups) == (True, 3, 3)
    assert not compared(predictions(WORSE), predictions(RIGHT)).passed


def test_only_samples_that_both_have_are_compared_whatever_their_order():
    told = compared(predictions(RIGHT), predictions([WORSE[1], RIGHT[0]], "ba"))
    assert told.samples == 2
    assert told.candidate == 1.0 > told.champion
    with pytest.raises(UserError, match="no test sample in common"):
        compared(predictions(RIGHT), predictions(RIGHT, "xyz"))
    with pytest.raises(UserError, match="do not say what is right"):
        compared(predictions(RIGHT).drop(columns="references"), predictions(RIGHT))


def test_the_task_says_how_two_are_compared():
    by = SimpleNamespace(evaluation=CONFIG, runtime=SimpleNamespace(seed=0))
    assert _compared("translation", predictions(RIGHT), predictions(WORSE), by).score == "BLEU"
    assert _compared("image_captioning", predictions(RIGHT), predictions(WORSE), by).score == "CIDEr-D"
    assert _compared("classification", predictions(RIGHT), predictions(WORSE), by).score == "accuracy"


def test_a_difference_is_told_on_the_scale_of_its_score():
    told = _told(compared(predictions(RIGHT), predictions(RIGHT)), CONFIG.confidence)
    assert told == (
        "BLEU on 3 test samples of 3 groups: candidate 1.000, champion 1.000; difference +0.000 (95% interval +0.000 "
        "to +0.000), paired."
    )


def test_another_models_sentences_take_the_place_of_the_first_ones():
    said = Answers(pd.DataFrame({"path": ["/b", "/a"]}), [], WORSE[1::-1], [], pd.DataFrame())
    told = answered_as(predictions(RIGHT), said, (), pd.Series({"a": "/a", "b": "/b", "c": "/c"}))
    assert dict(zip(told["id"], told["predicted"], strict=True)) == {"a": WORSE[0], "b": WORSE[1]}
    assert "correct" not in told
    assert compared(predictions(RIGHT), told).samples == 2
