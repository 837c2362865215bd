"""What is said of models of sentences only where the numbers bear it out."""

from __future__ import annotations

import pytest
from tests.evaluation.sentence_tables import ACTIONS, judged, table

from seqpipe.evaluation.base import evaluation_of
from seqpipe.evaluation.findings.sentences import ahead, copying, one_for_all
from seqpipe.evaluation.leaderboard import leaderboard

TRUE = [[text] for text in ACTIONS]
CAPTIONING = evaluation_of("image_captioning")


def contrast(results):
    return CAPTIONING.contrast(leaderboard(results, CAPTIONING), results, None)


def test_the_best_decoder_is_held_against_the_best_without_a_net(config):
    results = {
        "decoder_par": judged(table(TRUE, ACTIONS), config, val_cider=0.5),
        "decoder_attention": judged(table(TRUE, [ACTIONS[0]] * 5), config, val_cider=0.4),
        "consensus": judged(table(TRUE, [ACTIONS[1]] * 5), config, val_cider=0.3, trainable_parameters=0),
        "fixed_sentence": judged(table(TRUE, ["x"] * 5), config, val_cider=0.1, trainable_parameters=0),
    }
    said = contrast(results)
    assert said.startswith("In CIDEr-D, decoder_par is ahead of consensus by ")
    assert "Attention is behind decoder_par by " in said
    assert "human" not in said, "each sample has one reference"
    assert "95 % intervals of the difference on the same samples" in said


def test_a_human_is_told_where_there_is_one(config):
    several = [[text, text] for text in ACTIONS]
    results = {
        "decoder_par": judged(table(several, ACTIONS), config),
        "consensus": judged(table(several, ["x"] * 5), config, trainable_parameters=0),
    }
    assert "A human has" in contrast(results)


@pytest.mark.parametrize("names", [["decoder_par"], ["consensus", "fixed_sentence"]])
def test_nothing_is_said_where_there_is_nothing_to_hold_against_each_other(config, names):
    assert contrast({name: judged(table(TRUE, ACTIONS), config) for name in names}) == ""


def test_no_model_is_ahead_of_itself(config):
    one = judged(table(TRUE, ACTIONS), config)
    assert ahead(one, one, "captions", "cider") == (0.0, 0.0, 0.0)


def test_one_sentence_for_all_is_told_of_a_trained_model(config):
    same = table(TRUE, [ACTIONS[0]] * 5)
    said = one_for_all("lstm", judged(same, config))
    assert said.startswith("lstm says one sentence to 1.000 of the test samples, “a dog runs”")
    assert "a reference of 0.200 of them" in said
    assert one_for_all("fixed", judged(same, config, trainable_parameters=0)) == "", "it is made to"


@pytest.mark.parametrize(
    ("references", "answers"),
    [
        (TRUE, ACTIONS),
        (TRUE, [ACTIONS[0]] * 3 + ["x", "y"]),
        ([["a dog runs"]] * 5, ["a dog runs"] * 5),  # there is but one sentence to say
        (TRUE[:3], ["a dog runs"] * 3),  # too few to say
    ],
    ids=["different", "not almost all", "right", "few"],
)
def test_one_sentence_is_not_told_otherwise(config, references, answers):
    assert one_for_all("lstm", judged(table(references, answers), config)) == ""


def test_copies_are_told_where_the_references_are_none(config):
    recalled = judged(table(TRUE, ["a hen"] * 4 + ["a dog runs"], train=["a hen", "a dog runs"]), config)
    said = copying("lstm", recalled)
    assert said.startswith("1.000 of what lstm says are sentences of train word by word, while 0.200 of the test")
    assert copying("nearest", judged(recalled.predictions, config, trainable_parameters=0)) == "", "it is made to"


def test_copies_are_not_told_where_the_references_are_sentences_of_train_too(config):
    grammar = judged(table(TRUE, ACTIONS, train=ACTIONS), config)
    assert copying("lstm", grammar) == ""
    assert copying("lstm", judged(table(TRUE, ACTIONS), config)) == "", "nothing is known of train"
