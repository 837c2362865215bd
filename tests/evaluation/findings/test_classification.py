"""A sentence is said only where the numbers bear it out."""

from __future__ import annotations

import numpy as np
import pytest

from seqpipe.evaluation.by_task import CLASSIFICATION
from seqpipe.evaluation.findings.classification import failing_groups, group_finding, has_groups, order_contrast
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.predictions import group_accuracy

NAMES = ["left", "right", "up", "down"]
TRUTH = np.tile(np.arange(4), 30)


@pytest.fixture
def contrast(predict, judged):
    """The sentence for models of given predictions, each with whether it reads order."""

    def make(**models):
        results = {
            name: judged(predict(TRUTH, predicted, NAMES), reads_order=reads, description=f"the {name}")
            for name, (predicted, reads) in models.items()
        }
        return order_contrast(leaderboard(results, CLASSIFICATION), results)

    return make


def within_pairs():
    """Right on one of two, the other taken for its partner (left for right, up for down)."""
    return np.where(np.arange(len(TRUTH)) // 4 % 2 == 0, TRUTH, TRUTH ^ 1)


def test_order_matters_where_the_intervals_part(contrast):
    said = contrast(lstm=(TRUTH, True), svm=(within_pairs(), False))
    assert said.startswith("Order matters here: lstm (the lstm) reads the steps in order and is right on 100 %")
    assert "svm (the svm) cannot tell a clip from the same clip played backwards and stays at 50 %" in said
    assert "all of its mistakes being within the pairs left / right, up / down" in said


def test_pairs_are_not_told_where_mistakes_lie_elsewhere(contrast):
    scattered = (TRUTH + np.arange(len(TRUTH)) // 4) % 4
    said = contrast(lstm=(TRUTH, True), svm=(scattered, False))
    assert said.startswith("Order matters here")
    assert "pair" not in said


def test_order_adds_nothing_where_the_intervals_overlap(contrast):
    said = contrast(lstm=(within_pairs(), True), svm=(within_pairs(), False))
    assert said.startswith("Order adds nothing measurable here")
    assert "backwards" not in said


def test_the_blind_model_may_be_the_better_one(contrast):
    assert contrast(lstm=(within_pairs(), True), svm=(TRUTH, False)).startswith(
        "Reading the order does not help here: svm (the svm) is blind to it and right on 100 %"
    )


@pytest.mark.parametrize(("reads", "said"), [(True, "reads the order"), (False, "is blind to the order")])
def test_one_kind_of_model_shows_no_contrast(contrast, reads, said):
    assert said in contrast(one=(TRUTH, reads))


def test_a_hair_below_all_is_not_said_to_be_all(contrast, predict):
    almost = TRUTH.copy()
    almost[0] = 1
    assert "99.2 %" in contrast(lstm=(almost, True), svm=(within_pairs(), False))


def told_of_groups(predictions):
    """The sentence, and the groups that fail."""
    groups = group_accuracy(predictions)
    failing = failing_groups(predictions, groups)
    return group_finding("svm", predictions, groups, failing), failing


def test_a_failing_camera_is_named(predict):
    rng = np.random.default_rng(0)
    cameras = np.repeat(["gate", "yard", "bridge", "roof"], 30)
    wrong = rng.random(120) < np.where(cameras == "gate", 0.5, 0.05)
    table = predict(TRUTH, np.where(wrong, TRUTH ^ 1, TRUTH), NAMES, list(cameras))
    said = told_of_groups(table)[0]
    share = table.loc[table["group"] == "gate", "correct"].mean()
    assert said.startswith(f"svm fails on gate: {share:.2f} against {table['correct'].mean():.2f} overall")
    assert "without it macro F1 is" in said
    assert len(told_of_groups(table)[1]) == 1


def test_chance_differences_are_not_called_failures(predict):
    rng = np.random.default_rng(1)
    cameras = [f"camera {i}" for i in rng.integers(12, size=120)]
    table = predict(TRUTH, np.where(rng.random(120) < 0.1, TRUTH ^ 1, TRUTH), NAMES, cameras)
    assert told_of_groups(table)[1] == []
    assert "no group stands out; the lowest is camera" in told_of_groups(table)[0]


def test_groups_are_compared_only_where_there_are_several_of_several(predict):
    assert not has_groups(predict([0, 1], [0, 1], NAMES))
    assert not has_groups(predict([0, 1], [0, 1], NAMES, ["one", "one"]))
    assert not has_groups(predict([0, 1, 0], [0, 1, 0], NAMES, ["one", "one", "two"]))
    assert has_groups(predict([0, 1, 0, 1], [0, 1, 0, 1], NAMES, ["one", "one", "two", "two"]))


def test_copies_among_single_files_are_no_groups_to_compare(predict):
    names = ["twice", "twice", "again", "again", *(f"file {n}" for n in range(6))]
    assert not has_groups(predict([0] * 10, [0] * 10, NAMES, names))


def test_a_single_file_is_not_said_to_fail(predict):
    truth, answers = [0, 1] * 5 + [2], [0, 1] * 5 + [0]
    table = predict(truth, answers, NAMES, ["gate"] * 5 + ["yard"] * 5 + ["roof"])
    assert told_of_groups(table)[1] == []


def test_a_class_lost_in_one_camera_is_named(predict):
    truth = [0] * 10 + [0] * 40 + [1] * 10
    answers = [0] * 9 + [1] + [0] * 40 + [0] * 5 + [1] * 5
    table = predict(truth, answers, ["bridge_down", "bridge_up"], ["gate"] * 10 + ["turquoise"] * 50)
    said = told_of_groups(table)[0]
    assert "turquoise: only 5 of 10 bridge_up right, mostly taken for bridge_down" in said
    assert "gate" not in said


def test_a_model_that_is_poor_everywhere_blames_no_camera(predict):
    truth, groups = [0, 1] * 20, ["gate"] * 20 + ["turquoise"] * 20
    answers = [0, 1, 1, 0] * 10
    assert told_of_groups(predict(truth, answers, ["a", "b"], groups))[1] == []


@pytest.mark.parametrize(
    ("played", "said"), [(0.1, "Order matters here"), (1.0, "it is not their order that it gains by")]
)
def test_a_reader_that_is_as_good_backwards_does_not_gain_by_order(predict, judged, played, said):
    results = {
        "lstm": judged(predict(TRUTH, TRUTH, NAMES), reads_order=True),
        "svm": judged(predict(TRUTH, within_pairs(), NAMES)),
    }
    for of in results.values():
        of.metrics["accuracy_backwards"] = played
    assert said in order_contrast(leaderboard(results, CLASSIFICATION), results)
