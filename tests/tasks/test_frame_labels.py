"""A class a step: what a batch costs, what is answered, and which median val chooses."""

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import shipped_values

from seqpipe.config import FrameLabelsConfig
from seqpipe.targets.frames import FrameTargets
from seqpipe.tasks.frame_labels import FrameLabels
from seqpipe.tasks.smoothing import smoothing_loss

TASK = FrameLabels(smoothing=0.0, window=8, hop=4, background=(), medians=(1,))
NONE = -100
BASE = Path(__file__).parents[2] / "conf" / "base" / "parameters"


def answered(*rows, k=2, sure=0.8):
    """Probabilities (N, T, K) of texts with a class number a step; a dot where there is no step."""
    proba = np.full((len(rows), max(map(len, rows)), k), np.nan)
    for row, text in enumerate(rows):
        for step, char in enumerate(text):
            if char != ".":
                proba[row, step] = (1 - sure) / (k - 1)
                proba[row, step, int(char)] = sure
    return proba


def targets(*rows):
    t = np.full((len(rows), max(map(len, rows))), NONE)
    for row, text in enumerate(rows):
        t[row, : len(text)] = [NONE if char == "." else int(char) for char in text]
    return FrameTargets(t, ("a", "b"))


def not_asked():
    raise AssertionError("val was asked")


def test_the_loss_is_the_mean_cross_entropy_of_the_labelled_steps_worked_out_by_hand():
    logits = torch.zeros(2, 2, 2)
    logits[0, 1, 0] = logits[1, 0, 0] = math.log(3.0)  # p: (1/2, 1/2), (3/4, 1/4); (3/4, 1/4), nobody's
    step_output = TASK.step_output(logits, torch.tensor([[1, 0], [1, NONE]]))
    assert step_output.loss.item() == pytest.approx((math.log(2) + math.log(4 / 3) + math.log(4)) / 3)
    assert (step_output.correct.item(), step_output.count) == (1, 3)


@pytest.mark.parametrize("smoothing", [0.0, 0.15])
def test_unlabelled_steps_cost_nothing_and_teach_nothing(smoothing):
    task = replace(TASK, smoothing=smoothing)
    t = torch.tensor([[0, 1, 1, NONE, NONE], [1, NONE, 0, 0, NONE]])
    logits = torch.randn(2, 5, 2, generator=torch.manual_seed(0), requires_grad=True)
    changed = torch.where((t == NONE)[..., None], torch.tensor([9.0, -9.0]), logits)
    step_output, other = task.step_output(logits, t), task.step_output(changed, t)
    assert (step_output.loss, step_output.correct, step_output.count) == (other.loss, other.correct, 6)
    step_output.loss.backward()
    assert not logits.grad[t == NONE].any()
    assert logits.grad[t != NONE].any()


@pytest.mark.parametrize("smoothing", [0.0, 0.15])
def test_a_batch_in_which_nothing_is_labelled_costs_nothing(smoothing):
    step_output = replace(TASK, smoothing=smoothing).step_output(torch.randn(2, 3, 2), torch.full((2, 3), NONE))
    assert (step_output.loss, step_output.correct, step_output.count) == (0.0, 0, 0)


def test_smoothing_adds_its_weight_times_the_smoothing_loss():
    logits = torch.randn(2, 5, 3, generator=torch.manual_seed(0))
    t = torch.tensor([[0, 1, 2, 2, 1], [0, 0, NONE, NONE, NONE]])
    plain, smooth = (replace(TASK, smoothing=weight).step_output(logits, t).loss for weight in (0.0, 0.5))
    expected = smoothing_loss(logits, t != NONE)
    assert expected > 0
    assert (smooth - plain).item() == pytest.approx(0.5 * expected.item(), rel=1e-5)


def test_val_is_scored_over_all_labelled_steps():
    proba = answered("0011", "10..")
    scores = TASK.val_scores(targets("001.", "11"), proba)
    assert scores["accuracy"] == pytest.approx(4 / 5)
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 4 / 5) / 2)
    assert scores["log_loss"] == pytest.approx(-(4 * math.log(0.8) + math.log(0.2)) / 5)


def test_of_val_without_a_label_nothing_can_be_said():
    assert math.isnan(TASK.val_scores(targets(".."), answered("01"))["macro_f1"])


def test_an_answer_for_each_step_and_none_where_there_is_no_step():
    assert TASK.answers(answered("0110", "10..")).tolist() == [[0, 1, 1, 0], [1, 0, -1, -1]]


def test_the_median_takes_out_bursts_and_does_not_reach_over_a_sequences_end():
    task = replace(TASK, median=3)
    assert task.answers(answered("0010011", "011....")).tolist() == [[0, 0, 0, 0, 0, 1, 1], [0, 1, 1, -1, -1, -1, -1]]


def test_val_chooses_the_median_that_segments_best():
    task = replace(TASK, medians=(1, 3))
    truth = targets("00000111110")
    assert task.tuned(truth, lambda: answered("00100110111")).median == 3
    bursts = targets("00100100100")  # here what is short is meant
    assert task.tuned(bursts, lambda: answered("00100100100")).median == 1


def test_of_medians_that_do_equally_well_the_shortest_is_taken():
    task = replace(TASK, medians=(1, 3, 5))
    assert task.tuned(targets("0000011111"), lambda: answered("0000011111")).median == 1


def test_sequences_without_a_label_do_not_choose():
    task = replace(TASK, medians=(1, 3))
    assert task.tuned(targets("00000", "....."), lambda: answered("00100", "00100")).median == 3
    assert task.tuned(targets("....."), lambda: answered("00100")).median == 1


def test_the_background_is_no_segment_when_val_chooses():
    cut_up, truth, proba = replace(TASK, medians=(1, 3)), targets("11011111"), answered("10010010")
    assert cut_up.tuned(truth, lambda: proba).median == 1  # one of the background's own segments is hit
    assert replace(cut_up, background=("a",)).tuned(truth, lambda: proba).median == 3


def test_where_there_is_one_median_val_is_not_asked():
    assert replace(TASK, medians=(5,)).tuned(targets("01"), not_asked).median == 5


SHIPPED = shipped_values("frame_labels")


def config(**changes):
    values = {"window_s": 4.0, "overlap": 0.5, "smoothing": 0.15, "median_s": [0.0, 0.4], "background": ["rest"]}
    return FrameLabelsConfig(**SHIPPED | values | changes)


def test_seconds_become_steps():
    task = FrameLabels.on(SimpleNamespace(steps_a_second=25.0), config())
    assert task == FrameLabels(smoothing=0.15, window=100, hop=50, background=("rest",), medians=(1, 11))


@given(st.floats(0.01, 200.0), st.floats(0.01, 60.0), st.floats(0.0, 0.999), st.lists(st.floats(0.0, 5.0), min_size=1))
def test_at_any_rate_windows_leave_nothing_out_and_medians_have_a_middle(rate, window_s, overlap, median_s):
    seconds = config(window_s=window_s, overlap=overlap, median_s=median_s)
    task = FrameLabels.on(SimpleNamespace(steps_a_second=rate), seconds)
    assert task.window >= 2
    assert 1 <= task.hop <= task.window
    assert list(task.medians) == sorted(set(task.medians))
    assert all(width >= 1 and width % 2 == 1 for width in task.medians)


def test_splits_go_by_group_alone():
    assert TASK.strata(pd.DataFrame({"id": ["a", "b"], "label": ["", ""]})) is None
