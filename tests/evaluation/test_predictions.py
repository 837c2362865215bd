"""The table of predictions, and the metrics of its test split, which agree with scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from seqpipe.evaluation import predictions as metrics


class TestPredictionsTable:
    def test_columns_and_values(self):
        table = metrics.predictions_table(
            ["a", "b"], ["train", "test"], ["g", None], [1, 0], [[0.25, 0.75], [0.4, 0.6]], ["cat", "dog"]
        )
        assert list(table) == [
            "id", "split", "group", "label", "predicted", "correct", "confidence", "p_cat", "p_dog",
        ]  # fmt: skip
        assert table["label"].tolist() == ["dog", "cat"]
        assert table["predicted"].tolist() == ["dog", "dog"]
        assert table["correct"].tolist() == [True, False]
        assert table["confidence"].tolist() == [0.75, 0.6]
        assert table["group"].tolist() == ["g", "b"], "a sample without a group is a group of its own"
        assert metrics.class_names(table) == ["cat", "dog"]

    def test_the_answers_of_a_task_decide(self):
        who = (["a", "b"], ["test"] * 2, ["g"] * 2, [0, 0], [[0.25, 0.75], [0.4, 0.6]], ["cat", "dog"])
        table = metrics.predictions_table(*who, answers=[0, 1])
        assert table["predicted"].tolist() == ["cat", "dog"]
        assert table["correct"].tolist() == [True, False]
        assert table["confidence"].tolist() == [0.25, 0.6]
        with pytest.raises(ValueError, match=r"class indices in 0..1"):
            metrics.predictions_table(*who, answers=[0, 2])

    def test_float32_rows_are_made_to_sum_to_one(self):
        p = np.full((3, 7), 1 / 7, np.float32)
        table = metrics.predictions_table(["a", "b", "c"], ["test"] * 3, ["g"] * 3, [0, 1, 2], p, list("abcdefg"))
        assert metrics.probabilities(table).sum(axis=1) == pytest.approx(1.0, abs=1e-15)

    @pytest.mark.parametrize(
        ("t", "proba", "said"),
        [
            ([0], [[0.5, 0.2]], "sum to 1"),
            ([0], [[np.nan, 1.0]], "finite"),
            ([0], [[1.5, -0.5]], "finite probabilities"),
            ([0], [[1.0]], r"shape \(1, 2\)"),
            ([2], [[0.5, 0.5]], "class indices in 0..1"),
        ],
    )
    def test_what_is_no_probability_is_refused(self, t, proba, said):
        with pytest.raises(ValueError, match=said):
            metrics.predictions_table(["a"], ["test"], ["g"], t, proba, ["x", "y"])


class TestTestMetrics:
    def test_agrees_with_scikit_learn(self, random_predictions, config):
        table = random_predictions()
        got = metrics.test_metrics(table, config, seed=0)
        names = metrics.class_names(table)
        y, predicted = table["label"], table["predicted"]
        p = metrics.probabilities(table)
        assert got["n_test"] == 200
        assert got["n_groups"] == 20
        assert got["accuracy"] == pytest.approx(sk.accuracy_score(y, predicted))
        assert got["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, predicted))
        assert got["macro_f1"] == pytest.approx(sk.f1_score(y, predicted, average="macro"))
        assert got["log_loss"] == pytest.approx(sk.log_loss(y, p, labels=names))
        assert got["top5"] == pytest.approx(sk.top_k_accuracy_score(y, p, k=5, labels=names))
        scores = sk.precision_recall_fscore_support(y, predicted, labels=names)
        for key, values in zip(("precision", "recall", "f1", "support"), scores, strict=True):
            assert [got[f"{key}/{name}"] for name in names] == pytest.approx(list(values)), key

    def test_a_class_absent_from_test_has_no_scores_and_spoils_none(self, predict, config):
        table = predict([0, 0, 1, 1], [0, 0, 1, 1], ["a", "b", "absent"])
        got = metrics.test_metrics(table, config, seed=0)
        assert got["support/absent"] == 0
        assert not {"precision/absent", "recall/absent", "f1/absent"} & set(got)
        assert got["macro_f1"] == got["balanced_accuracy"] == 1.0
        assert all(np.isfinite(value) for value in got.values())

    def test_macro_f1_is_the_mean_of_the_f1_by_class(self, predict, config):
        got = metrics.test_metrics(predict([0, 0, 1, 1], [0, 0, 1, 2], ["a", "b", "only predicted"]), config, seed=0)
        by_class = [value for name, value in got.items() if name.startswith("f1/")]
        assert got["macro_f1"] == pytest.approx(np.mean(by_class)) == pytest.approx(5 / 6)

    def test_a_class_never_predicted_has_precision_zero(self, predict, config):
        got = metrics.test_metrics(predict([0, 1], [0, 0], ["a", "b"]), config, seed=0)
        assert (got["precision/b"], got["recall/b"], got["f1/b"]) == (0.0, 0.0, 0.0)

    def test_top5_only_where_there_are_more_than_five_classes(self, predict, config):
        assert "top5" not in metrics.test_metrics(predict([0], [0], list("abcde")), config, seed=0)
        assert "top5" in metrics.test_metrics(predict([0], [0], list("abcdef")), config, seed=0)

    def test_chance_is_the_share_of_the_commonest_class(self, predict, config):
        assert metrics.test_metrics(predict([0, 0, 0, 1], [1] * 4, ["a", "b"]), config, 0)["chance"] == 0.75

    def test_only_the_test_rows_count(self, predict, config):
        table = predict([0, 1, 0, 1], [0, 1, 1, 0], ["a", "b"])
        table["split"] = ["test", "test", "train", "val"]
        assert metrics.test_metrics(table, config, seed=0)["accuracy"] == 1.0
        with pytest.raises(ValueError, match="no row of the test split"):
            metrics.test_metrics(table.assign(split="train"), config, seed=0)


class TestGroups:
    def test_worst_first_with_what_it_costs(self, predict):
        truth = [0, 1, 0, 1, 0, 1, 0, 1]
        predicted = [0, 1, 0, 1, 1, 1, 1, 1]
        table = metrics.group_accuracy(predict(truth, predicted, ["a", "b"], ["good"] * 4 + ["bad"] * 4))
        assert table["group"].tolist() == ["bad", "good"]
        assert table["n"].tolist() == [4, 4]
        assert table["accuracy"].tolist() == [0.5, 1.0]
        assert table["macro_f1"].tolist() == pytest.approx([(0 + 2 / 3) / 2, 1.0])
        assert table["macro_f1_without"].tolist() == pytest.approx([1.0, 1 / 3])
        assert table["confusion"].tolist() == ["a as b (2 of 2 mistakes)", ""]

    def test_without_its_only_group_a_class_is_lost(self, predict):
        table = metrics.group_accuracy(predict([0, 0, 1, 1], [0, 0, 1, 1], ["a", "b"], list("xxyy")))
        assert table["macro_f1_without"].isna().all()


def test_numeric_class_names_survive_a_csv(predict, config, tmp_path):
    table = predict([0, 1, 1], [0, 1, 0], ["1", "2"])
    table.to_csv(tmp_path / "p.csv", index=False)
    again = pd.read_csv(tmp_path / "p.csv")
    assert metrics.test_metrics(again, config, 0) == pytest.approx(metrics.test_metrics(table, config, 0))
