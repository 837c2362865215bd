"""Two models are compared on the same samples, sample by sample, and on none that one of them has learned from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.use.predictor import Answers
from seqpipe.use.promotion import answered_as, by_sample, duel, unseen

CONFIG = EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=10, mistakes=0)


def predictions(right, groups=None):
    ids = [f"s{n}" for n in range(len(right))]
    labels = ["x"] * len(right)
    predicted = ["x" if one else "y" for one in right]
    return pd.DataFrame(
        {"id": ids, "group": groups or ids, "label": labels, "predicted": predicted, "correct": list(map(bool, right))}
    )


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30), st.randoms())
def test_the_difference_is_that_of_the_accuracies_whatever_the_order(pairs, random):
    ours, theirs = (predictions(side) for side in zip(*pairs, strict=True))
    shuffled = theirs.sample(frac=1, random_state=random.randrange(1000))
    told = duel(ours, shuffled, CONFIG, 0)
    assert told.difference.mean == pytest.approx(ours["correct"].mean() - theirs["correct"].mean())
    assert told.difference.low <= told.difference.mean <= told.difference.high
    assert told.passed == (ours["correct"].sum() >= theirs["correct"].sum())
    assert told == duel(ours, theirs, CONFIG, 0)


def test_only_samples_that_both_have_are_compared():
    told = duel(predictions([1, 0, 1]), predictions([1, 1]), CONFIG, 0)
    assert (told.samples, told.candidate, told.champion) == (2, 0.5, 1.0)
    assert not told.passed
    with pytest.raises(UserError, match="no test sample in common"):
        duel(predictions([1]), predictions([1]).assign(id="other"), CONFIG, 0)


def test_of_steps_the_share_of_a_sample_counts_and_what_is_not_labelled_does_not():
    table = pd.DataFrame(
        {
            "id": ["a", "a", "a", "b"],
            "group": ["g", "g", "g", "h"],
            "label": ["x", "x", "", "x"],
            "correct": [True, False, False, True],
        }
    )
    assert by_sample(table)["right"].to_dict() == {"a": 0.5, "b": 1.0}


def test_of_tokens_the_answers_at_their_steps_are_compared():
    table = pd.DataFrame({"id": ["a", "a"], "group": ["a", "a"], "step": [0, 2], "label": ["sky", "<end>"]})
    asked = Answers(pd.DataFrame({"path": ["/a"]}), [], [np.array([1, 0, 1])], [np.arange(3.0)], pd.DataFrame())
    told = answered_as(table, asked, ["sky", "<end>"], pd.Series({"a": "/a"}))
    assert told["predicted"].tolist() == ["<end>", "<end>"]
    assert told["correct"].tolist() == [False, True]
    short = asked._replace(answers=[np.array([1, 0])])
    with pytest.raises(UserError, match="in other steps"):
        answered_as(table, short, ["sky", "<end>"], pd.Series({"a": "/a"}))


def test_a_table_that_does_not_say_what_is_right_is_refused():
    with pytest.raises(UserError, match="do not say what is right"):
        by_sample(pd.DataFrame({"id": ["a"], "value": [1.0]}))


def answers(paths, given, times):
    samples = pd.DataFrame({"path": paths})
    return Answers(samples, [], [np.array(one) for one in given], [np.array(one) for one in times], pd.DataFrame())


def test_another_models_answers_take_their_place_by_name():
    table = predictions([1, 1, 0])
    paths = pd.Series({"s0": "/a", "s1": "/b", "s2": "/c"})
    told = answered_as(table, answers(["/c", "/a"], [0, 1], [[0], [0]]), ["x", "z"], paths)
    assert dict(zip(told["id"], told["predicted"], strict=True)) == {"s0": "z", "s2": "x"}
    assert dict(zip(told["id"], told["correct"], strict=True)) == {"s0": False, "s2": True}


def test_of_steps_the_nearest_answer_in_time_counts():
    table = pd.DataFrame({"id": "a", "time_s": [0.0, 0.4, 0.6, 2.0], "label": ["x", "x", "y", "y"]})
    told = answered_as(table, answers(["/a"], [[0, 1]], [[0.0, 1.0]]), ["x", "y"], pd.Series({"a": "/a"}))
    assert list(told["predicted"]) == ["x", "x", "y", "y"]


def test_what_the_champion_has_learned_from_is_left_out():
    samples = pd.DataFrame({"id": ["s0", "s1", "s2"], "sha256": ["1", "2", "3"]})
    assert list(unseen(predictions([1, 1, 1]), samples, ["2", "9"])["id"]) == ["s0", "s2"]
