"""The table of sentences, what it says of a split, and the human beside the models."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from tests.evaluation.sentence_tables import ACTIONS, beams, dataset, judged, table

from seqpipe.evaluation.base import COUNTED, LOG_P, evaluation_of
from seqpipe.evaluation.leaderboard import leaderboard, trained_rows
from seqpipe.evaluation.sentence_examples import BEST, MEDIAN, PLACE, SCORE, WORST, examples
from seqpipe.evaluation.sentences import (
    ATTENTION,
    BEAMS,
    COPIED,
    HUMAN,
    KNOWN,
    REFERENCES,
    SCORES,
    STEPS,
    TOKENS,
    counted_sentences,
    human_rows,
    sentence_metrics,
    sentence_table,
)
from seqpipe.modalities.base import READ
from seqpipe.tasks.sentences import said_of
from seqpipe.use.best import best_on_val

SEVERAL = [[text, f"{text} now"] for text in ACTIONS]


def test_a_row_a_sample_with_all_that_was_found():
    data = dataset([["A dog runs.", "a hound"], ["a cat"]])
    said = said_of([beams("a dog runs", places=3, others=["a dog"]), beams("")])
    made = sentence_table(data, said, np.array(["a dog runs", ""], object), "captions")
    first, second = made.to_dict("records")
    assert (first["id"], first["split"], first["label"]) == ("s00", "test", "A dog runs.")
    assert first[REFERENCES] == ["A dog runs.", "a hound"]
    assert first["correct"], "as captions are compared: without case and marks"
    assert first["confidence"] == pytest.approx(math.exp(-1 / 4)), "its end is a token, too"
    assert first[BEAMS] == ["a dog runs", "a dog"]
    assert first[SCORES] == [-0.5, -0.9]
    assert first[TOKENS] == ["a", "dog", "runs"]
    assert np.reshape(first[ATTENTION], (3, first[STEPS])).tolist() == np.eye(3).tolist()
    assert first["times_s"] == [0.5, 1.5, 2.5]
    assert (second[TOKENS], second[ATTENTION], second[STEPS]) == ([], [], 0)
    assert READ not in made


def test_of_tokens_the_row_holds_what_was_read():
    data = dataset([["eins zwei"]], tokens=("<unknown>", "one", "two"), steps=3)
    made = sentence_table(data, said_of([beams("eins")]), np.array(["eins"], object), "translation")
    assert made[READ].tolist() == [["<unknown>", "one", "two"]]


def test_metrics_are_those_of_the_answers(config):
    made = table([[text] for text in ACTIONS], [*ACTIONS[:4], "a dog runs"], train=["a dog runs", "a hen"])
    metrics = sentence_metrics(made, config, 0, "captions", "cider")
    assert metrics["exact"] == 0.8
    assert metrics["distinct"] == 0.8
    assert metrics["copied"] == 0.4
    assert metrics["words"] == 3.0
    assert (metrics["n_test"], metrics["n_groups"]) == (5, 5)
    assert metrics["cider_low"] <= metrics["cider"] <= metrics["cider_high"]
    assert "perplexity" not in metrics
    assert made[COPIED].tolist() == [True, False, False, False, True]
    assert made[KNOWN].tolist() == [True, False, False, False, False]


def test_perplexity_is_over_all_tokens_of_the_references(config):
    made = table([["a dog"], ["a cat"]], ["a dog", "a cat"])
    made = made.assign(**{LOG_P: [-3 * math.log(2), -5 * math.log(2)], COUNTED: [3, 5]})
    assert sentence_metrics(made, config, 0, "captions", "cider")["perplexity"] == pytest.approx(2.0)


def test_a_human_is_the_first_reference_against_the_others(config):
    made = table([["a dog runs", "a dog runs"], ["a cat", "two cats"], ["alone"]], ["x", "y", "z"], train=["q"])
    (human,) = human_rows({"lstm": judged(made, config)}, "captions", "cider")
    assert human["model"] == HUMAN
    assert human["n_test"] == 2, "of one reference there is none to hold it against"
    assert human["exact"] == 0.5
    assert "copied" not in human


def test_where_each_sample_has_one_reference_there_is_no_human(config):
    made = table([["a dog"], ["a cat"]], ["a dog", "a cat"])
    assert human_rows({"lstm": judged(made, config)}, "captions", "cider") == []


def test_the_leaderboard_has_the_human_which_is_never_the_best_on_val(config):
    bad = [f"{text} today" for text in ACTIONS]
    results = {
        "decoder_par": judged(table(SEVERAL, bad), config, val_cider=0.1),
        "consensus": judged(table(SEVERAL, ["a dog"] * 5), config, val_cider=0.9, trainable_parameters=0),
    }
    board = leaderboard(results, evaluation_of("image_captioning"))
    assert set(board["model"]) == {"decoder_par", "consensus", HUMAN}
    human = board.set_index("model").loc[HUMAN]
    assert np.isnan(human["val_cider"])
    assert human["n_test"] == 5
    assert HUMAN not in set(trained_rows(board)["model"])
    assert best_on_val(board, "image_captioning") == "consensus"


def test_samples_are_counted_with_their_sentences():
    data = dataset([["a dog runs", "a hound"], ["a cat"]], splits=["train", "test"])
    counted = counted_sentences(data, "captions")
    assert counted[["split", "sentences", "words"]].values.tolist() == [["train", 2, 5], ["test", 1, 2]]


@pytest.mark.parametrize(
    ("n", "each", "places"),
    [
        (1, 3, [BEST]),
        (2, 3, [BEST, WORST]),
        (5, 2, [BEST, MEDIAN, WORST]),
        (30, 2, [BEST, BEST, MEDIAN, MEDIAN, WORST, WORST]),
    ],
)
def test_examples_are_the_best_the_middling_and_the_worst(n, each, places):
    texts = [" ".join(f"w{row}x{word}" for word in range(30)) for row in range(n)]
    cut = [" ".join(text.split()[: 30 - row]) for row, text in enumerate(texts)]  # the worse the later
    shown = examples(table([[text] for text in texts], cut, "translation"), "translation", "bleu_4", each)
    assert shown[PLACE].tolist() == places
    assert shown[SCORE].is_monotonic_decreasing
    assert shown["id"].iloc[0] == "s00"
    assert shown["id"].iloc[-1] == f"s{n - 1:02d}"
    assert isinstance(shown, pd.DataFrame)
    assert shown["id"].is_unique
