"""Which model a whole run stands for: the best on val, or none in silence."""

from types import SimpleNamespace

import pytest

from seqpipe.core.errors import UserError
from seqpipe.tracking.tags import BEST_TAG
from seqpipe.tracking.whole_runs import and_children


def run(name, tags=None, **metrics):
    return SimpleNamespace(
        info=SimpleNamespace(run_id=f"id of {name}", run_name=name, experiment_id="1"),
        data=SimpleNamespace(tags=tags or {}, metrics=metrics),
    )


def names(parent, *children):
    client = SimpleNamespace(search_runs=lambda *_: list(children))
    return [one.info.run_name for one in and_children(client, parent)]


def test_what_the_leaderboard_has_said_comes_first():
    parent = run("whole", {BEST_TAG: "lstm"})
    assert names(parent, run("svm", val_accuracy=0.9), run("lstm", val_accuracy=0.8))[:2] == ["whole", "lstm"]


def test_without_a_leaderboard_their_scores_on_val_say_it():
    found = names(run("whole"), run("broken off"), run("svm", val_accuracy=0.5), run("lstm", val_accuracy=0.8))
    assert found == ["whole", "lstm", "svm", "broken off"]


def test_the_task_says_which_score_and_which_way():
    parent = run("whole", {"kedro.pipeline": "next_token"})
    better, worse = (run(name, val_perplexity=p, val_accuracy=0.5) for name, p in (("gru", 3.0), ("rnn", 9.0)))
    assert names(parent, worse, better) == ["whole", "gru", "rnn"]


def test_where_nothing_says_it_none_is_taken_and_all_are_named():
    with pytest.raises(UserError, match=r"which of its models is the best on val.*svm id of svm, lstm id of lstm"):
        names(run("whole"), run("svm"), run("lstm"))
    assert names(run("whole"), run("svm")) == ["whole", "svm"]


def test_the_run_of_a_model_stands_for_itself_whatever_lies_below():
    client = SimpleNamespace(search_runs=lambda *_: [run("trial 0"), run("trial 1")])
    assert next(and_children(client, run("svm"))).info.run_name == "svm"
