"""The best is chosen on val, and of equals never by the clock."""

import pandas as pd
import pytest

from seqpipe.training.selection import best_by_val, best_trial


def row(solution, val=0.9, **changes):
    costs = {"trainable_parameters": 1000, "val_macro_f1": val, "val_log_loss": 0.5, "fit_seconds": 1.0}
    return {"solution": solution, "accuracy": 0.5, "val_accuracy": val, **costs, **changes}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"val": 0.91, "trainable_parameters": 9000}, {"accuracy": 0.99}),
        ({"trainable_parameters": 10, "val_log_loss": 0.4}, {"trainable_parameters": 20, "val_log_loss": 0.3}),
        ({"val_macro_f1": 0.8, "val_log_loss": 0.4}, {"val_macro_f1": 0.7, "val_log_loss": 0.3}),
        ({"val_log_loss": 0.2}, {"val_log_loss": 0.3}),
        ({}, {}),
    ],
)
def test_equal_on_val_the_smaller_then_the_surer_then_the_first_is_taken_whatever_the_clock_says(better, worse):
    grid = pd.DataFrame([row("better", fit_seconds=9.0, **better), row("worse", fit_seconds=1.0, **worse)])
    assert best_by_val(grid)["solution"] == "better"


def test_of_none_none_is_the_best():
    assert best_by_val(pd.DataFrame([row("svm")]).iloc[:0]) is None


def test_the_best_trial_has_the_highest_f1_then_the_lowest_loss_then_is_the_first():
    trials = pd.DataFrame({"val_macro_f1": [0.5, 0.8, 0.8, 0.8], "val_log_loss": [0.1, 0.9, 0.4, 0.4]})
    assert best_trial(trials) == 2
