from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.models.networks import POOL, in_memory_batches, of_like_length

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=200)


@given(LENGTHS, st.integers(1, 9))
def test_batches_of_like_length_hold_each_sample_once_and_are_as_many_as_without(lengths, batch_size):
    order = torch.randperm(len(lengths))
    batches = of_like_length(order, torch.tensor(lengths), batch_size)
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert sorted(map(len, batches)) == sorted(map(len, order.split(batch_size)))


def test_little_is_computed_behind_the_ends():
    torch.manual_seed(0)
    lengths, order = torch.randint(1, 100, (1000,)), torch.randperm(1000)
    steps = [sum(int(lengths[rows].max()) * len(rows) for rows in of) for of in batched(order, lengths)]
    assert steps[0] < 1.1 * int(lengths.sum()) < 1.7 * int(lengths.sum()) < steps[1]


def batched(order, lengths, size=10):
    return of_like_length(order, lengths, size), order.split(size)


@pytest.mark.parametrize("count", [40, 300, 3 * POOL * 4])
@pytest.mark.parametrize("tied", [7, 10**6])
def test_each_epoch_brings_others_together_and_answers_are_asked_in_order(count, tied):
    torch.manual_seed(0)
    lengths = torch.arange(count) % tied + 1
    epochs = in_memory_batches((torch.arange(count), lengths), 4, True, lengths)
    first, second = ({frozenset(rows.tolist()) for rows, _ in epochs} for _ in range(2))
    assert len(first & second) < len(first) / 10
    asked = in_memory_batches((torch.arange(count), lengths), 4, False, lengths)
    assert torch.cat([rows for rows, _ in asked]).tolist() == list(range(count))
