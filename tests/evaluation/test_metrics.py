"""The metrics agree with scikit-learn, and the interval behaves as a bootstrap over groups must."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from seqpipe.evaluation import metrics

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


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

    @given(LABELS)
    @settings(max_examples=60, deadline=None)
    def test_macro_averages_as_scikit_learn_with_classes_missing(self, pairs):
        truth, predicted = (np.array(side) for side in zip(*pairs, strict=True))
        counts = sk.confusion_matrix(truth, predicted, labels=range(4))
        expected = sk.f1_score(truth, predicted, average="macro", zero_division=0)
        assert metrics.macro_f1(counts) == pytest.approx(expected)

    def test_a_class_absent_from_test_has_no_scores_and_spoils_none(self, predict, config):
        table = predict([0, 0, 1, 1], [0, 0, 1, 1], ["a", "b", "absent"])
        got = metrics.test_metrics(table, config, seed=0)
        assert got["support/absent"] == 0
        assert not {"precision/absent", "recall/absent", "f1/absent"} & set(got)
        assert got["macro_f1"] == got["balanced_accuracy"] == 1.0
        assert all(np.isfinite(value) for value in got.values())

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


class TestInterval:
    @given(
        st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=60),
        st.integers(0, 5),
        st.floats(0.51, 0.99),
    )
    @settings(max_examples=80, deadline=None)
    def test_holds_the_accuracy_within_zero_and_one(self, samples, seed, confidence):
        correct, groups = zip(*samples, strict=True)
        low, high = metrics.accuracy_interval(correct, groups, 100, confidence, seed)
        assert 0.0 <= low <= np.mean(correct) <= high <= 1.0

    def test_narrows_with_more_groups(self):
        rng = np.random.default_rng(0)
        widths = []
        for n_groups in (5, 50, 500):
            correct = rng.random(n_groups * 4) < 0.7
            low, high = metrics.accuracy_interval(correct, np.repeat(np.arange(n_groups), 4), 1000, 0.95, 0)
            widths.append(high - low)
        assert widths[0] > 2 * widths[1] > 4 * widths[2]

    def test_groups_alike_within_widen_it(self):
        correct = np.repeat(np.arange(20) % 2 == 0, 10)
        groups = np.repeat(np.arange(20), 10)
        low, high = metrics.accuracy_interval(correct, groups, 1000, 0.95, 0)
        low_alone, high_alone = metrics.accuracy_interval(correct, np.arange(200), 1000, 0.95, 0)
        assert high - low > 2 * (high_alone - low_alone)

    def test_is_the_bootstrap_of_samples_where_each_is_its_own_group(self):
        correct = np.random.default_rng(1).random(80) < 0.6
        drawn = np.random.default_rng(3).integers(80, size=(400, 80))
        expected = np.quantile(correct[drawn].mean(axis=1), [0.05, 0.95])
        got = metrics.accuracy_interval(correct, [f"g{i}" for i in range(80)], 400, 0.9, 3)
        assert got == pytest.approx(tuple(expected))

    def test_agrees_with_the_binomial_of_many_samples(self):
        correct = np.arange(1000) < 800
        low, high = metrics.accuracy_interval(correct, np.arange(1000), 2000, 0.95, 0)
        assert (low, high) == pytest.approx((0.8 - 0.0248, 0.8 + 0.0248), abs=0.003)

    def test_a_single_group_is_resampled_by_sample(self):
        correct = np.arange(50) < 30
        one = metrics.accuracy_interval(correct, ["all"] * 50, 300, 0.95, 0)
        assert one == metrics.accuracy_interval(correct, np.arange(50), 300, 0.95, 0)
        assert one[0] < 0.6 < one[1]

    def test_drawn_in_parts_it_is_the_same(self, monkeypatch):
        correct = np.arange(40) % 3 > 0
        whole = metrics.accuracy_interval(correct, np.arange(40), 200, 0.95, 5)
        monkeypatch.setattr(metrics, "RESAMPLES_AT_ONCE", 40 * 7)
        assert metrics.accuracy_interval(correct, np.arange(40), 200, 0.95, 5) == whole

    def test_is_fast(self):
        correct = np.random.default_rng(0).random(500) < 0.5
        started_s = time.perf_counter()
        metrics.accuracy_interval(correct, np.arange(500), 2000, 0.95, 0)
        assert time.perf_counter() - started_s < 1.0


class TestCalibration:
    def test_by_hand(self):
        confidence = [0.95, 0.95, 0.65, 0.65]
        correct = [True, True, True, False]
        expected = 0.5 * abs(0.95 - 1.0) + 0.5 * abs(0.65 - 0.5)
        assert metrics.expected_calibration_error(confidence, correct, 10) == pytest.approx(expected)

    def test_sure_and_right_is_zero_and_sure_and_wrong_is_one(self):
        assert metrics.expected_calibration_error([1.0, 1.0], [True, True], 15) == 0.0
        assert metrics.expected_calibration_error([1.0, 1.0], [False, False], 15) == 1.0

    def test_one_bin_compares_the_means(self):
        error = metrics.expected_calibration_error([0.3, 0.9, 0.6], [True, False, True], 1)
        assert error == pytest.approx(abs(0.6 - 2 / 3))

    @given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 30))
    @settings(max_examples=80, deadline=None)
    def test_every_sample_is_in_one_bin_that_holds_it(self, samples, bins):
        confidence, correct = zip(*samples, strict=True)
        table = metrics.calibration_table(confidence, correct, bins)
        filled = table[table["n"] > 0]
        assert table["n"].sum() == len(samples)
        assert (filled["confidence"] >= filled["low"] - 1e-9).all()
        assert (filled["confidence"] <= filled["high"] + 1e-9).all()
        assert 0.0 <= metrics.expected_calibration_error(confidence, correct, bins) <= 1.0


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
