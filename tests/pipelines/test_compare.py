"""A leaderboard holds models of one D' alone."""

import logging
from types import SimpleNamespace

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.evaluation.results import fit_digest
from seqpipe.pipelines.compare.nodes import compare, of_this_dataset
from seqpipe.pipelines.model.nodes import evaluate, predict

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
        table, _ = compare(NOW, task=TASK, svm=results("now"), lstm=results("before"))
    assert table["model"].tolist() == ["svm"]
    assert "lstm" in caplog.text


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
    table, _ = compare(NOW, task=TASK, svm=results("now"), lstm=results("now", mistakes=5))
    assert len(table) == 2
