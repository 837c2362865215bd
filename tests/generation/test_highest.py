"""The highest of many numbers: a stable sort's, whatever is equal."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.generation.highest import highest


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 30), st.integers(1, 35), st.integers(1, 20))
def test_it_is_the_head_of_a_stable_sort(seed, rows, n, k, different):
    scores = torch.randint(different, (rows, n), generator=torch.Generator().manual_seed(seed)).double()
    values, places = highest(scores, k)
    in_order = scores.sort(dim=1, descending=True, stable=True)
    assert torch.equal(values, in_order.values[:, :k])
    assert torch.equal(places, in_order.indices[:, :k])


def test_what_cannot_be_is_last():
    scores = torch.tensor([[-torch.inf, 1.0, -torch.inf, 1.0, -torch.inf]])
    values, places = highest(scores, 4)
    assert values.tolist() == [[1.0, 1.0, -torch.inf, -torch.inf]]
    assert places[0, :2].tolist() == [1, 3]
