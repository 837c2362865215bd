"""A leaderboard holds models of one D' alone, and a report pictures of its own models' results alone."""

import io
import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.evaluation.by_task import CLASSIFICATION
from seqpipe.evaluation.figures.mark import mark_of, marked
from seqpipe.evaluation.figures.style import new_figure, png_bytes
from seqpipe.evaluation.results import fit_digest, results_digest
from seqpipe.pipelines.compare.nodes import (
    check_figures,
    check_leaderboard,
    compare,
    draw_comparison,
    of_this_dataset,
)
from seqpipe.pipelines.model.nodes import draw, evaluate, predict

NOW = SimpleNamespace(digest="now", lineage={}, what="D'")
JUDGED = {"bootstrap": 100, "confidence": 0.95, "calibration_bins": 10, "mistakes": 2}

TASK = "classification"


def results(dataset, **judged):
    metrics = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "macro_f1", "balanced_accuracy"), 0.5)
    metrics |= {"n_test": 4, "n_groups": 4, "log_loss": 0.5, "ece": 0.1, "chance": 0.25}
    fit = {"dataset": dataset, "fit_seconds": 1.0, "val_accuracy": 0.5, "device": "cpu", "reads_order": False}
    return SimpleNamespace(fit={**fit, "parameters": {"C": 1.0}}, metrics=metrics, evaluation=JUDGED | judged)


def test_a_model_of_another_dataset_is_left_out_and_named(caplog):
    with caplog.at_level(logging.WARNING):
        table = compare(NOW, task=TASK, svm=results("now"), lstm=results("before"))
    assert table["model"].tolist() == ["svm"]
    assert "lstm" in caplog.text


def read_as(**features):
    """A D', or the frames of its samples, of which one is told how they were read."""
    targets = SimpleNamespace(digest=lambda: "t")
    lineage = {"samples": {"digest": "s"}, "backbone": {"fingerprint": "cnn"}, "features": features}
    return SimpleNamespace(digest="now", ids=np.arange(2), splits=np.arange(2), targets=targets, lineage=lineage)


def test_frames_that_were_read_otherwise_than_d_prime_are_not_compared_with_it():
    models = {"lrcn": results("now")}
    dataset = read_as(layer="last_conv", stream="rgb", sampling="uniform", frames=16)
    assert of_this_dataset(models, dataset, read_as(stream="rgb", sampling="uniform", frames=16)) == models
    for said, other in (
        ("D' has stream rgb, frame_dataset has stream flow", read_as(stream="flow", sampling="uniform", frames=16)),
        ("D' has frames 16, frame_dataset has frames 32", read_as(stream="rgb", sampling="uniform", frames=32)),
    ):
        with pytest.raises(UserError, match=f"not of the same features: {said}"):
            of_this_dataset(models, dataset, other)
    other = read_as(stream="rgb", sampling="uniform", frames=16)
    other.lineage["backbone"] = {"fingerprint": "another"}
    with pytest.raises(UserError, match="not of the same backbone"):
        of_this_dataset(models, dataset, other)


def test_where_no_model_is_of_this_dataset_it_says_what_to_run():
    with pytest.raises(UserError, match="`kedro run`"):
        of_this_dataset({"svm": results("before")}, NOW)


def test_a_model_is_not_asked_of_another_dataset_than_it_was_trained_on():
    with pytest.raises(UserError, match=r"trained on another D' .*begin with its `train`"):
        predict(None, {"dataset": "before"}, NOW, None)


def test_a_model_is_not_judged_where_the_samples_on_disk_are_others_than_those_of_its_dataset():
    samples = with_lineage(pd.DataFrame(), {"samples": {"digest": "1"}})
    predictions = with_lineage(pd.DataFrame(), {"samples": {"digest": "2"}})
    with pytest.raises(UserError, match="not of the same samples"):
        evaluate(predictions, {}, None, None, samples, None, None, task=TASK)


def test_predictions_of_another_model_are_not_judged_as_this_one_s():
    predictions = pd.DataFrame()
    predictions.attrs["fit"] = fit_digest({"chosen": {"C": 1.0}, "fit_seconds": 1.0})
    with pytest.raises(UserError, match=r"of another model .*begin with its `predict`"):
        evaluate(
            predictions, {"chosen": {"C": 2.0}, "fit_seconds": 1.0}, None, None, pd.DataFrame(), None, None, task=TASK
        )
    assert predictions.attrs["fit"] == fit_digest({"chosen": {"C": 1.0}, "fit_seconds": 2.0})


def test_models_judged_in_different_ways_are_not_compared():
    with pytest.raises(UserError, match=r"svm and lstm .*evaluation\.confidence 0\.95 and 0\.9\)"):
        compare(NOW, task=TASK, svm=results("now"), lstm=results("now", confidence=0.9))
    table = compare(NOW, task=TASK, svm=results("now"), lstm=results("now", mistakes=5))
    assert len(table) == 2


OTHER = {"chosen": {"C": 2.0}, "fit_seconds": 1.0}


def test_results_are_not_drawn_with_the_search_and_the_epochs_of_another_fit():
    of = results("now")
    of.predictions = pd.DataFrame()
    of.predictions.attrs["fit"] = fit_digest(of.fit)
    with pytest.raises(UserError, match=r"These results are of another model .*begin with its `predict`"):
        draw(of, OTHER, None, None, pd.DataFrame(), task=TASK)


def test_results_are_drawn_as_they_were_judged_and_the_figures_say_of_which_they_are(monkeypatch):
    of, seen = results("now", mistakes=5), []
    of.predictions = pd.DataFrame()
    of.predictions.attrs["fit"] = fit_digest(of.fit)
    drawn = {"a": png_bytes(new_figure(1.0))}
    toy = SimpleNamespace(figures=lambda judged: seen.append(judged) or drawn)
    monkeypatch.setattr("seqpipe.evaluation.base.evaluation_of", lambda task: toy)
    figures = draw(of, of.fit, None, None, pd.DataFrame(), task=TASK)
    assert seen[0].config.mistakes == 5
    assert {name: mark_of(png) for name, png in figures.items()} == {"a": results_digest(of)}
    check_figures({"svm": figures}, {"svm": of})
    drawn["b"] = b"<svg/>"
    with pytest.raises(UserError, match=r"The task classification: .*PNG, which b is not; mend `figures` of seqpipe"):
        draw(of, of.fit, None, None, pd.DataFrame(), task=TASK)


@pytest.mark.parametrize("other", [results("before"), results("now", calibration_bins=20)])
def test_a_report_shows_no_figures_of_another_fit_or_judgement_than_its_results(other):
    png = png_bytes(new_figure(1.0))
    check_figures({"svm": {}}, {"svm": results("now")})
    for of_other in (marked(png, results_digest(other)), png):
        figures = {"lstm": {}, "svm": {"a": marked(png, results_digest(results("now"))), "b": of_other}}
        with pytest.raises(UserError, match=r"figures of svm on disk .*begin with its `draw`"):
            check_figures(figures, {"lstm": results("now"), "svm": results("now")})


def as_read_again(table):
    """The leaderboard as it comes from its file."""
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))


def test_a_report_shows_no_leaderboard_of_other_results_and_no_comparison_of_another_leaderboard():
    models = {"svm": results("now"), "lstm": results("now")}
    board = as_read_again(compare(NOW, task=TASK, **models))
    picture = draw_comparison(board, task=TASK)
    check_leaderboard(board, picture, models, CLASSIFICATION)
    models["lstm"].metrics["accuracy"] = 2 / 3
    with pytest.raises(UserError, match=r"leaderboard on disk is not of the models .*begin with `compare_models`"):
        check_leaderboard(board, picture, models, CLASSIFICATION)
    anew = as_read_again(compare(NOW, task=TASK, **models))
    with pytest.raises(UserError, match=r"comparison on disk is not of the leaderboard .*`draw_comparison`"):
        check_leaderboard(anew, picture, models, CLASSIFICATION)
