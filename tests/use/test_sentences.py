"""Sentences as a table, as JSON, and as subtitles."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from seqpipe.tasks.sentences import Beam, Said
from seqpipe.use.flags import FAR
from seqpipe.use.predictor import Answers
from seqpipe.use.sentences import cues, looked_at, sentences_table
from seqpipe.use.tables import joined
from seqpipe.use.told import told

WEIGHTS = np.array([[0.75, 0.25], [0.5, 0.5]], np.float32)
FOUND = Said(
    (
        Beam("two dogs", ("two", "dogs"), -3.0, -1.5, WEIGHTS),
        Beam("dogs", ("dogs",), -4.0, -2.5),
        Beam("two", ("two",), -5.0, -3.0),
        Beam("a dog", ("a", "dog"), -6.0, -3.5),
    )
)
UNKNOWN = Said((Beam("a dog", ("a", "dog")),))


def answers(*said, read=(), far=None, times=((0.5, 1.5),)):
    samples = pd.DataFrame({"path": [f"/{n}" for n in range(len(said))], "duration_s": 2.0})
    times_s = [np.array(times[0])] * len(said)
    return Answers(samples, list(said), [one.text for one in said], times_s, pd.DataFrame(), far, None, read)


def test_a_table_has_the_best_sentences_and_how_sure_the_first_is():
    table = sentences_table(answers(FOUND, UNKNOWN, far=np.array([False, True])))
    first, second = table.to_dict("records")
    assert [first[name] for name in ("sentence", "sentence_2", "sentence_3")] == ["two dogs", "dogs", "two"]
    assert "sentence_4" not in table
    assert first["confidence"] == pytest.approx(math.exp(-3.0 / 3)), "the end is a token as well"
    assert (first["score"], first["score_2"]) == (-1.5, -2.5)
    assert (second["sentence"], second["flag"]) == ("a dog", FAR)
    assert math.isnan(second["score"])
    assert math.isnan(second["confidence"])


def test_parts_with_fewer_sentences_keep_the_flag_behind_them():
    parts = [sentences_table(answers(*said)) for said in ([UNKNOWN], [FOUND])]
    table = joined(parts)
    assert list(table)[-1] == "flag"
    assert table["sentence"].tolist() == ["a dog", "two dogs"]
    assert list(sentences_table(answers())) == ["path", "sentence", "score", "confidence", "flag"]


def test_json_tells_all_sentences_and_what_was_looked_at_where_it_is_asked():
    given = answers(FOUND, UNKNOWN, read=[("zwei", "hunde"), ("ein", "hund")])
    one, other = told(given, (), "sentence", attention=True).values()
    assert one["sentence"] == "two dogs"
    assert [beam["sentence"] for beam in one["beams"]] == ["two dogs", "dogs", "two", "a dog"]
    assert one["beams"][1] == {"sentence": "dogs", "score": -2.5, "log_p": -4.0}
    assert one["attention"] == {
        "tokens": ["two", "dogs"],
        "weights": [[0.75, 0.25], [0.5, 0.5]],
        "source": ["zwei", "hunde"],
    }
    assert (other["score"], other["confidence"], other["beams"][0]["log_p"]) == (None, None, None)
    assert "attention" not in other, "a model without a net does not look"
    assert not any(key.startswith(("sentence_", "score_")) for key in one)
    plain = told(given, (), "sentence", attention=False)
    assert "attention" not in plain["/0"]
    json.dumps(plain, allow_nan=False)


def test_what_is_impossible_is_no_number_that_json_lacks():
    never = Said((Beam("", (), -math.inf, -math.inf),))
    said = told(answers(never, read=[()]), (), "sentence", attention=True)["/0"]
    json.dumps(said, allow_nan=False)
    assert (said["score"], said["confidence"]) == (None, 0.0)


def test_of_vectors_the_times_are_told_and_of_places_their_grid():
    weights = np.full((1, 2 * 49), 1 / 98, np.float32)
    look = looked_at(Said((Beam("a", ("a",), -1.0, -1.0, weights),)), np.array([0.5, 1.5]), ())["attention"]
    assert (look["times_s"], look["grid"]) == ([0.5, 1.5], [7, 7])
    steps = looked_at(FOUND, np.array([0.5, 1.5]), ())["attention"]
    assert (steps["times_s"], "grid" in steps) == ([0.5, 1.5], False)


def test_a_cue_is_of_all_of_a_film():
    given = answers(FOUND, FOUND)
    shown = cues(sentences_table(given), given.samples)
    assert shown[["start_s", "end_s"]].to_numpy().tolist() == [[0.0, 2.0]] * 2
    assert shown["label"].tolist() == ["two dogs"] * 2
    assert list(shown["flag"]) == ["", ""]
