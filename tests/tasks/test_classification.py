"""A class a clip: what a batch costs, and what is answered."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from seqpipe.targets.classes import ClassTargets
from seqpipe.tasks.classification import Classification

TASK = Classification()


def test_the_loss_is_the_mean_cross_entropy_worked_out_by_hand():
    logits = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0], [0.0, math.log(3.0)]])  # p: (1/2, 1/2), (3/4, 1/4), ...
    step_output = TASK.step_output(logits, torch.tensor([1, 0, 0]))
    assert step_output.loss.item() == pytest.approx((math.log(2) + math.log(4 / 3) + math.log(4)) / 3)
    assert (step_output.correct.item(), step_output.count) == (1, 3)


def test_val_is_scored_by_the_most_probable_classes():
    targets = ClassTargets(np.array([0, 1, 1, 0]), ("a", "b"))
    scores = TASK.val_scores(targets, np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]))
    assert scores["accuracy"] == 0.75
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert scores["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())


def test_the_most_probable_class_is_the_answer():
    assert TASK.answers(np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])).tolist() == [1, 0]


def test_there_is_nothing_to_choose_on_val():
    def predict():
        raise AssertionError("val was asked")

    assert TASK.tuned(ClassTargets(np.array([0]), ("a",)), predict) == TASK


def test_splits_keep_the_shares_of_the_labels():
    assert TASK.strata(pd.DataFrame({"label": ["b", "a", "b"]})) == ["b", "a", "b"]
