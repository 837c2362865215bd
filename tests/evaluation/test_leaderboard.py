"""One row a model, best first."""

from __future__ import annotations

import pytest

from seqpipe.evaluation import metrics
from seqpipe.evaluation.leaderboard import leaderboard, parameters_text


def test_best_first_with_the_promised_columns(predict, config, fit):
    right = predict([0, 1, 0, 1], [0, 1, 0, 1], ["a", "b"])
    half = predict([0, 1, 0, 1], [0, 0, 0, 0], ["a", "b"])
    scores = {name: metrics.test_metrics(t, config, 0) for name, t in {"svm": half, "lstm": right}.items()}
    table = leaderboard(scores, {"svm": fit(), "lstm": fit(reads_order=True, chosen={"hidden": 64})})
    assert list(table)[:7] == [
        "model", "n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "fit_seconds",
    ]  # fmt: skip
    assert {"balanced_accuracy", "log_loss", "ece", "chance", "val_accuracy", "device", "reads_order"} <= set(table)
    assert table["model"].tolist() == ["lstm", "svm"]
    assert table["n_test"].tolist() == [4, 4]
    assert table["accuracy"].tolist() == [1.0, 0.5]
    assert table["parameters"].tolist() == ["hidden=64", "C=0.1, kernel=linear"]


def test_ties_go_to_macro_f1_then_to_the_name(predict, config, fit):
    plain = metrics.test_metrics(predict([0, 1], [0, 1], ["a", "b"]), config, 0)
    scores = {
        "svm": plain | {"macro_f1": 0.4},
        "lstm": plain | {"macro_f1": 0.6},
        "linear": plain | {"macro_f1": 0.4},
    }
    assert leaderboard(scores, {name: fit() for name in scores})["model"].tolist() == [
        "lstm",
        "linear",
        "svm",
    ]


def test_top5_is_a_column_where_there_are_many_classes(random_predictions, config, fit):
    scores = {"svm": metrics.test_metrics(random_predictions(), config, 0)}
    assert "top5" in leaderboard(scores, {"svm": fit()})


def test_metrics_and_fits_must_be_of_the_same_models(fit):
    with pytest.raises(ValueError, match="svm"):
        leaderboard({}, {"svm": fit()})


def test_parameters_on_one_line():
    assert parameters_text({"C": 0.10, "pca": None, "kernel": "rbf", "layers": 2}) == (
        "C=0.1, pca=None, kernel=rbf, layers=2"
    )
