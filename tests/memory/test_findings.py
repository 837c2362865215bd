"""Sentences follow the tables, and nothing is claimed that they do not bear out."""

import numpy as np
import pandas as pd
from tests.memory.tables import (
    FACTORS,
    FACTS,
    exam_tables,
    gates_table,
    matrices_table,
    padding_table,
    reach_table,
    truncation_table,
)

from seqpipe.memory import findings


def test_the_decay_is_told_in_steps_and_seconds_before_and_after():
    rnn, lstm = findings.of_gradients(reach_table(), FACTS)
    assert "RNN: before training the gradient at h_t falls by a factor 2.00 a step" in rnn
    assert "down to 1 % after 6.6 steps (0.66 s)" in rnn
    assert "Training" not in rnn.split("after training")[1]  # 2.0 and 1.9 are next to the same
    assert "at C_t" in lstm
    assert "has 39 % left after 10 steps (1 s), as far as the clips go" in lstm
    assert "Training has made its memory 4.3 times as long." in lstm


def test_growing_and_level_gradients_are_called_so():
    table = reach_table({("rnn", "before"): 0.5, ("rnn", "after"): 1.001})
    (rnn,) = findings.of_gradients(table, FACTS | {"models": {"rnn": ""}})
    assert "grows by a factor 2.00 a step" in rnn
    assert "neither falls nor grows" in rnn


def test_clips_of_one_step_and_no_gradient_at_all_are_said():
    assert "one step" in findings.of_gradients(reach_table(), FACTS | {"longest": 1})[0]
    nothing = reach_table().assign(factor=np.nan)
    assert "No gradient arrives in the RNN" in findings.of_gradients(nothing, FACTS)[0]
    assert findings.of_clips(nothing, FACTS) == ""


def test_without_times_no_seconds_are_told():
    said = " ".join(findings.of_gradients(reach_table(), FACTS | {"step_s": None}))
    assert " s)" not in said


def test_clips_within_a_memory_and_beyond_one():
    said = findings.of_clips(reach_table(), FACTS)
    assert "clips of 11 steps (1.1 s) are within the memory of the LSTM" in said
    assert "The RNN learns next to nothing from what it reads more than 7.2 steps (0.72 s) before its last step" in said


def test_a_fall_is_told_where_it_is_measurable_and_where_half_is_gone():
    table = padding_table(rnn=(1.0, 0.9, 0.3, 0.25), lstm=(1.0, 0.99, 0.98, 0.97))
    rnn, lstm = findings.of_padding(table, FACTS)
    assert "with 2 neutral steps (0.2 s) on both sides accuracy falls from 1.00 to 0.90 (0.86 to 0.94)" in rnn
    assert "with 8 neutral steps (0.8 s) more than half of what it is ahead of chance is gone, 0.30" in rnn
    assert "with 32 it cannot be told from chance (0.25)" in rnn
    assert "up to 32 neutral steps (3.2 s) on both sides cost no accuracy that could be measured" in lstm
    idle = findings.of_idle_frames(table, FACTS)
    assert "8 neutral steps (0.8 s) on either side for the RNN" in idle
    assert "None that was tried cost the LSTM so much" in idle
    assert findings.of_idle_frames(padding_table(lstm=(1.0, 0.99, 0.98, 0.97)), FACTS) == ""


def test_a_gradient_that_reaches_further_than_the_answers_is_a_finding():
    table = padding_table(rnn=(1.0, 0.9, 0.3, 0.25), lstm=(1.0, 0.9, 0.3, 0.25))
    assert "So the LSTM remembers what happens within clips" in findings.against_gradients(reach_table(), table, FACTS)
    long = padding_table(lstm=(1.0, 1.0, 1.0, 0.3))
    assert findings.against_gradients(reach_table(), long, FACTS) == ""


def test_the_shortest_truncation_without_a_loss_is_enough_and_what_is_saved_is_said():
    table = truncation_table(k1=(0.8, -0.2, -0.3, -0.1), k4=(1.0, 0.0, 0.0, 0.0), k11=(1.0, 0.0, 0.0, 0.0))
    (said,) = findings.of_truncation(table)
    assert "`truncate: 4` is enough here: 1.000 on val against 1.000" in said
    assert "36 % of the memory" in said
    assert "With 1 step it has 0.800" in said
    assert "saves nothing that is scarce: all of it keeps 11.0 MB" in said


def test_an_interval_that_ends_at_zero_is_not_enough():
    table = truncation_table(k1=(0.98, -0.02, -0.05, 0.0), k11=(1.0, 0.0, 0.0, 0.0))
    assert "no truncation is enough" in findings.of_truncation(table)[0]


def test_a_training_that_diverged_is_told_and_compared_with_nothing():
    nan = float("nan")
    table = truncation_table(k1=(nan, nan, nan, nan), k4=(1.0, 0.0, 0.0, 0.0), k11=(1.0, 0.0, 0.0, 0.0))
    assert "With 1 it diverged" in findings.of_truncation(table)[0]
    alone = truncation_table(k4=(1.0, nan, nan, nan))
    assert findings.of_truncation(alone) == []


def test_gates_and_matrices():
    (gate,) = findings.of_gates(gates_table(), FACTS)
    assert "forget gate f_t keeps 0.50 of its state a step" in gate
    assert "time constant of 2 steps (0.2 s)" in gate
    assert "must vanish" in findings.of_matrices(matrices_table(0.8))[0]
    assert "need not vanish" in findings.of_matrices(matrices_table(1.3))[0]
    assert findings.of_matrices(matrices_table().query("cell == 'lstm'")) == []


def test_what_arrives_beyond_the_gates_is_told_where_it_is_far_more():
    assert "Gates alone would leave 1.7 % of a state" in findings.beyond_gates(reach_table(), gates_table())[0]
    assert findings.beyond_gates(reach_table(), gates_table(slowest=30.0)) == []


def test_exams():
    (said,) = findings.of_exams(exam_tables()[0])
    assert said == "Temporal order, over 50 and 100 steps: solved by the RNN (at no distance) and the LSTM (up to 100)."


def test_the_memory_is_that_of_c_where_there_is_one():
    table = pd.concat([reach_table(), reach_table({("lstm", "after"): 3.0}).assign(part="h")])
    assert findings.memory_of(table, "lstm", "after")["factor"] == FACTORS["lstm", "after"]
