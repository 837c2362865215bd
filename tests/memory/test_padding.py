"""Neutral steps around a clip."""

import numpy as np
import pytest
import torch
from tests.memory.conftest import CELLS, opened, ramps

from seqpipe.memory.padding import accuracy_padded, chance, padded


def test_neutral_steps_lie_before_and_behind_and_count_as_steps():
    x = torch.tensor([[[1.0], [2.0]], [[3.0], [0.0]]])
    wide, mask = padded(x, torch.tensor([[True, True], [True, False]]), 2)
    assert wide[..., 0].tolist() == [[0, 0, 1, 2, 0, 0], [0, 0, 3, 0, 0, 0]]
    assert mask.sum(1).tolist() == [6, 5]


@CELLS
def test_without_any_the_answers_are_the_models_own(cell, uneven, runtime, evaluation):
    one, test = opened(cell, uneven, runtime, ensemble_size=2), uneven.part("test")
    table = accuracy_padded([one], uneven, [3, 0], evaluation, 0)
    assert table["padding"].tolist() == [0, 3]
    assert table["seconds"].tolist() == [0.0, 1.5]
    right = one.model.predict_proba(test).argmax(1) == test.t
    assert table["accuracy"][0] == pytest.approx(right.mean())
    assert (table["accuracy_low"] <= table["accuracy"]).all()
    assert (table["clips"] == len(test)).all()


def test_the_mean_frame_of_train_is_neutral(data, runtime, evaluation):
    """Frames put in before the preprocessing are answered as zeros put in behind it."""
    one, test = opened("gru", data, runtime), data.part("test")
    train = data.part("train")
    mean = np.broadcast_to(train.x[train.mask].mean(0), (len(test), 2, test.x.shape[-1]))
    wide = np.concatenate([mean, test.x, mean], axis=1)
    by_frames = one.model.answered(*one.model._tensors(wide, np.ones(wide.shape[:2], bool)))
    by_zeros = one.model.answered(*padded(*one.model.tensors(test), 2))
    np.testing.assert_allclose(by_frames, by_zeros, atol=1e-5)


def test_a_few_clips_at_a_time_are_answered_alike(uneven, runtime, evaluation, monkeypatch):
    one = opened("rnn", uneven, runtime)
    together = accuracy_padded([one], uneven, [2], evaluation, 0)
    monkeypatch.setattr("seqpipe.memory.padding.STEPS_AT_ONCE", 1)
    assert together.equals(accuracy_padded([one], uneven, [2], evaluation, 0))


def test_chance_is_the_commonest_class():
    assert chance(ramps([2] * 32)) == 0.5
