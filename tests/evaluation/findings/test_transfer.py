"""A sentence on the grid is said only where the intervals bear it out."""

import pandas as pd
import pytest

from seqpipe.evaluation.findings.transfer import ranking, which_solution, worth_of_transfer
from seqpipe.training.selection import best_by_val


def row(solution, accuracy, val=None, seconds=1.0, half=0.02):
    tuned = solution in ("all", "head", "freeze_first", "scratch")
    return {
        "solution": solution,
        "kind": "fine-tuning" if tuned else "features",
        "backbone": "resnet18",
        "layer": "" if tuned else "last_conv",
        "pool": "" if tuned else "avg",
        "accuracy": accuracy,
        "accuracy_low": accuracy - half,
        "accuracy_high": accuracy + half,
        "val_accuracy": accuracy if val is None else val,
        "val_macro_f1": accuracy if val is None else val,
        "val_log_loss": 0.5,
        "trainable_parameters": 1000,
        "fit_seconds": seconds,
    }


def table(*rows, width=0.04):
    """The grid of these rows; what one gains over the fixed features chosen on val is known to ``width``."""
    grid = pd.DataFrame(rows)
    fixed = best_by_val(grid[grid["kind"] == "features"])
    gain = grid["accuracy"] - (float("nan") if fixed is None else fixed["accuracy"])
    return grid.assign(gain=gain, gain_low=gain - width, gain_high=gain + width)


@pytest.mark.parametrize(
    ("tuned", "fixed", "said"),
    [
        (0.95, 0.80, "Fine-tuning pays here: fine-tuning all parameters of resnet18 is right on 95.0 %"),
        (0.80, 0.95, "Fixed features do better here: a linear SVM on resnet18 at last_conv (avg) is right on 95.0 %"),
        (0.91, 0.90, "No measurable difference here: fine-tuning all"),
    ],
)
def test_one_is_ahead_only_where_the_interval_of_the_difference_leaves_zero_out(tuned, fixed, said):
    sentence = which_solution(table(row("all", tuned, seconds=120.0), row("svm", fixed)))
    assert sentence.startswith(said)
    assert "120 times the time" in sentence


def test_a_difference_on_the_same_samples_may_be_clear_where_the_accuracies_intervals_overlap():
    grid = table(row("all", 0.95, half=0.05), row("svm", 0.90, half=0.05), width=0.03)
    said = which_solution(grid)
    assert said.startswith("Fine-tuning pays here")
    assert "gains +5.0 points on the same samples (+2.0 to +8.0)" in said


def test_each_side_is_chosen_on_val_not_on_test():
    sentence = which_solution(table(row("svm", 0.80, val=0.9), row("ann", 0.99, val=0.5), row("all", 0.85)))
    assert "a linear SVM" in sentence
    assert "ANN" not in sentence


@pytest.mark.parametrize(("kind", "said"), [("lstm", "an LSTM on resnet18"), ("forest", "forest on resnet18")])
def test_a_classifier_is_called_what_the_registry_calls_it(kind, said):
    assert said in which_solution(table(row(kind, 0.80), row("all", 0.85)))


def test_random_weights_are_the_control_and_no_solution_of_transfer():
    grid = table(row("scratch", 0.99), row("all", 0.60), row("svm", 0.50))
    assert "fine-tuning all parameters" in which_solution(grid)
    assert worth_of_transfer(grid).startswith("The source domain gives nothing measurable here")


def test_what_the_source_is_worth_is_told_in_points():
    said = worth_of_transfer(table(row("svm", 0.90, half=0.3), row("scratch", 0.50, half=0.3)))
    assert "is worth 40 points here" in said, "known by the difference, whatever the intervals of the two"
    assert "that is +40.0 points (+36.0 to +44.0)" in said


def test_with_one_solution_alone_nothing_is_compared():
    assert which_solution(table(row("svm", 0.9))) == ""
    assert worth_of_transfer(table(row("svm", 0.9), row("all", 0.9))) == ""


def test_an_order_is_told_of_three_specs_or_more():
    transferability = pd.DataFrame({"logme": [0.1, 0.2, 0.3], "accuracy": [0.5, 0.6, 0.7]})
    assert "over 3 specs: Kendall's tau 1.00" in ranking(transferability)
    assert "Of 2 specs no order can be told" in ranking(transferability.head(2))
