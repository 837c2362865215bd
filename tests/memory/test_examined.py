"""A cell is examined: what it solves is told, and so is what it does not, and what comes to nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.memory.exams_of import exams_of

from seqpipe.memory.chrono import begin_chrono
from seqpipe.memory.examined import Result, Sitting, examine, new_net, vanishing
from seqpipe.memory.exams import EXAMS
from seqpipe.models.nets.cells import CELLS, gate_weights


def examined(exam: str, cell: str, budget: int = 500, seed: int = 0, T: int = 10, **changed: Any) -> Result:
    return examine(Sitting(exam, T, cell), budget, exams_of(**changed), seed, deterministic=True)


@pytest.mark.parametrize(("exam", "cell"), [("adding", "lstm"), ("adding", "gru"), ("temporal_order", "gru")])
def test_a_short_exam_is_solved_and_training_ends_there(exam: str, cell: str) -> None:
    result = examined(exam, cell)
    *before, last = result.curve
    assert result.solved
    assert not result.diverged
    assert last.step == result.steps < result.budget
    assert result.error == last.error < EXAMS[exam].solved_below
    assert all(seen.error >= EXAMS[exam].solved_below for seen in before)
    assert f"solved at step {result.steps}" in result.words


def test_the_copy_is_begun_to_be_learned() -> None:
    result = examined("copy_memory", "lstm", budget=150, T=5, hidden=32)
    assert result.loss < EXAMS["copy_memory"].guessing_loss(5)
    assert result.error < EXAMS["copy_memory"].guessing


def test_who_does_not_learn_has_not_solved_it() -> None:
    result = examined("adding", "lstm", budget=40, learning_rate={"rnn": 1e-9, "gru": 1e-9, "lstm": 1e-9})
    assert not result.solved
    assert result.steps == result.budget == 40
    assert [seen.step for seen in result.curve] == [0, 25, 40]
    assert result.error > EXAMS["adding"].guessing / 2
    assert "not solved in 40 steps" in result.words


def test_one_lucky_look_is_not_of_sequences_that_were_learned_from() -> None:
    """With a single sequence to learn from at a time, what was just learned says nothing of others."""
    result = examined("temporal_order", "gru", budget=50, batch_size=1)
    assert not result.solved


def test_to_diverge_is_a_result() -> None:
    result = examined("adding", "rnn", learning_rate={"rnn": 1e38, "gru": 1.0, "lstm": 1.0}, clip_norm=None)
    assert result.diverged
    assert not result.solved
    assert math.isnan(result.error)
    assert result.steps < result.budget
    assert f"diverged at step {result.steps}" in result.words
    assert all(math.isfinite(seen.error) for seen in result.curve)


def test_the_same_seed_gives_the_same_bits_whatever_was_drawn_before() -> None:
    once = examined("adding", "gru", budget=50)
    torch.rand(7)
    again, other = examined("adding", "gru", budget=50), examined("adding", "gru", budget=50, seed=1)
    assert once.curve == again.curve
    assert once.curve != other.curve


def test_threads_and_randomness_are_left_as_they_were() -> None:
    torch.manual_seed(3)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(3)
    examined("adding", "rnn", budget=1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert torch.tensor([1e-38]) / 10 > 0


def test_what_vanishes_is_nothing() -> None:
    with vanishing():
        assert torch.tensor([1e-38]) / 10 == 0


@pytest.mark.parametrize(("cell", "keeping"), [("gru", "z"), ("lstm", "f")])
def test_chrono_keeps_for_times_up_to_the_longest(cell: str, keeping: str) -> None:
    layer = new_net(Sitting("adding", 10, cell), exams_of(hidden=2000, gate_biases="open")).directions[0][0]
    torch.manual_seed(0)
    begin_chrono(layer, cell, 101)
    weights = gate_weights(CELLS[cell], layer.weights)
    bias = weights[f"b_{keeping}"].detach()
    times = 1 / (1 - torch.sigmoid(bias))  # 1 + e^b
    assert times.min() >= 2
    assert times.max() <= 101
    assert float(times.mean()) == pytest.approx(51.5, rel=0.05)
    if cell == "lstm":
        assert torch.equal(weights["b_i"], weights["b_f"].neg())


def test_an_rnn_has_no_gate_to_begin_with() -> None:
    nets = []
    for biases in ("open", "chrono"):
        torch.manual_seed(0)
        nets.append(new_net(Sitting("adding", 10, "rnn"), exams_of(gate_biases=biases)))
    assert all(map(torch.equal, nets[0].parameters(), nets[1].parameters()))
