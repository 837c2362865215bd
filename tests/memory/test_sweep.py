"""Truncation tried out."""

import math

import pytest
import torch
from tests.memory.conftest import CELLS, config, opened

from seqpipe.memory.activations import training_bytes
from seqpipe.memory.sweep import COLUMNS, sweep_truncation
from seqpipe.models.nets.recurrent import RecurrentNet


@CELLS
def test_each_k_is_trained_once_and_beyond_the_longest_clip_it_is_all_of_it(cell, data, runtime, evaluation):
    one = opened(cell, data, runtime)
    table = sweep_truncation([one], data, [2, None, 7, 99, 2], evaluation, runtime)
    assert list(table.columns) == COLUMNS
    assert table["truncate"].tolist() == [2, 7, 99]
    assert table["whole"].tolist() == [False, True, True]
    assert table["trained"].tolist() == [True, True, False]
    same = ["val_accuracy", "val_loss", "kept_bytes", "seconds"]
    assert table.loc[1, same].equals(table.loc[2, same])
    assert (table["kept_bytes"] > 0).all()
    assert table["ahead"][1] == 0.0
    assert (table["ahead_low"] <= table["ahead_high"]).all()


def test_all_of_it_is_the_model_that_the_run_trained(data, runtime, evaluation):
    """The same parameters, seed and data: the first member again."""
    one = opened("lstm", data, runtime)
    table = sweep_truncation([one], data, [None], evaluation, runtime)
    val = data.part("val")
    assert table["val_accuracy"][0] == (one.model.predict_proba(val).argmax(1) == val.t).mean()
    assert table["val_loss"][0] == pytest.approx(one.model.history["val_loss"].iloc[-1], rel=1e-4)


def test_a_shorter_way_back_keeps_less():
    """Of clips that are longer than what is computed again at once; of shorter ones all is kept."""
    torch.manual_seed(0)
    whole, cut = (RecurrentNet(5, 3, "lstm", config(truncate=k, implementation="reference")) for k in (None, 10))
    long, short = torch.randn(4, 80, 5), torch.randn(4, 10, 5)
    for x, share in ((long, 0.25), (short, 1.0)):
        mask = torch.ones(x.shape[:2], dtype=torch.bool)
        kept = training_bytes(cut, whole, x, mask, 10)
        assert kept <= share * training_bytes(whole, whole, x, mask, None)
        assert kept > 0


def test_without_all_of_it_there_is_nothing_to_be_ahead_of(data, runtime, evaluation):
    table = sweep_truncation([opened("rnn", data, runtime)], data, [2], evaluation, runtime)
    assert math.isnan(table["ahead"][0])


def test_a_training_that_diverges_is_a_row(data, runtime, evaluation):
    one = opened("rnn", data, runtime)
    one.model.config = config(learning_rate=1e30, clip_norm=None, hidden=8)
    table = sweep_truncation([one], data, [None], evaluation, runtime)
    assert bool(table["diverged"][0])
    assert math.isnan(table["val_accuracy"][0])


def test_nothing_asked_is_nothing_trained(data, runtime, evaluation):
    assert sweep_truncation([opened("rnn", data, runtime)], data, [], evaluation, runtime).empty
