"""One row a model, best first."""

from __future__ import annotations

from dataclasses import replace

from tests.evaluation.frame_tables import predictions as frame_predictions

from seqpipe.evaluation.by_task import CLASSIFICATION, FRAME_LABELS
from seqpipe.evaluation.leaderboard import leaderboard, parameters_text


def test_best_first_with_the_promised_columns(predict, judged):
    right = predict([0, 1, 0, 1], [0, 1, 0, 1], ["a", "b"])
    half = predict([0, 1, 0, 1], [0, 0, 0, 0], ["a", "b"])
    table = leaderboard(
        {"svm": judged(half), "lstm": judged(right, reads_order=True, chosen={"hidden": 64})}, CLASSIFICATION
    )
    assert list(table)[:7] == [
        "model", "n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "fit_seconds",
    ]  # fmt: skip
    assert {"balanced_accuracy", "log_loss", "ece", "chance", "val_accuracy", "device", "reads_order"} <= set(table)
    assert table["model"].tolist() == ["lstm", "svm"]
    assert table["n_test"].tolist() == [4, 4]
    assert table["accuracy"].tolist() == [1.0, 0.5]
    assert table["parameters"].tolist() == ["hidden=64", "C=0.1, kernel=linear"]


def test_ties_go_to_macro_f1_then_to_the_name(predict, judged):
    plain = judged(predict([0, 1], [0, 1], ["a", "b"]))
    scores = {"svm": 0.4, "lstm": 0.6, "linear": 0.4}
    results = {name: replace(plain, metrics=plain.metrics | {"macro_f1": f1}) for name, f1 in scores.items()}
    assert leaderboard(results, CLASSIFICATION)["model"].tolist() == ["lstm", "linear", "svm"]


def test_top5_is_a_column_where_there_are_many_classes(random_predictions, judged):
    assert "top5" in leaderboard({"svm": judged(random_predictions())}, CLASSIFICATION)


def test_parameters_on_one_line():
    assert parameters_text({"C": 0.10, "pca": None, "kernel": "rbf", "layers": 2}) == (
        "C=0.1, pca=None, kernel=rbf, layers=2"
    )


def test_of_labels_by_frame_the_scores_of_segments_are_columns(judged_frames):
    truth = ["00112200", "1122"]
    right, cut_up = frame_predictions(truth, truth), frame_predictions(truth, ["00121200", "1122"])
    table = leaderboard({"linear": judged_frames(cut_up), "lstm": judged_frames(right, reads_order=True)}, FRAME_LABELS)
    assert table["model"].tolist() == ["lstm", "linear"]
    assert table["accuracy"].tolist() == [1.0, (6 / 8 + 1) / 2]
    assert table["edit"].tolist() == [1.0, (2 / 4 + 1) / 2]
    assert table["n_test"].tolist() == [2, 2]  # videos
    assert {"f1_10", "f1_25", "f1_50", "accuracy_low", "macro_f1", "chance"} <= set(table)
    assert not {"log_loss", "ece", "balanced_accuracy"} & set(table)


def test_parameters_of_a_block_go_by_their_dotted_names():
    assert parameters_text({"C": 0.1, "training": {"epochs": 60, "keep": "last"}}) == (
        "C=0.1, training.epochs=60, training.keep=last"
    )
