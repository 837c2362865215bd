"""States by rows."""

from typing import NamedTuple

import pytest
import torch

from seqpipe.generation.base import OfRow
from seqpipe.generation.rows import device_of, of_rows


class Memory(NamedTuple):
    h: torch.Tensor
    c: torch.Tensor | None


def test_every_tensor_is_reordered_and_the_containers_stay():
    x = torch.arange(6.0).view(3, 2)
    state = {"cell": Memory(x, None), "shown": [(x + 1,), x + 2]}
    rows = torch.tensor([2, 0, 0, 1])
    moved = of_rows(state, rows, among=3)
    assert type(moved["cell"]) is Memory
    assert torch.equal(moved["cell"].h, x[rows])
    assert moved["cell"].c is None
    assert torch.equal(moved["shown"][0][0], x[rows] + 1)
    assert torch.equal(moved["shown"][1], x[rows] + 2)


def test_nothing_is_copied_where_all_rows_stay():
    state = (torch.zeros(3),)
    assert of_rows(state, torch.arange(3), among=3) is state
    assert of_rows(state, torch.arange(2), among=3) is not state


def test_what_is_of_a_row_stays_where_rows_do():
    x, rows = torch.arange(4.0), torch.tensor([1, 0, 2, 2])
    moved = of_rows((x, OfRow(x)), rows, among=4, alike=True)
    assert torch.equal(moved[0], x[rows])
    assert moved[1].value is x
    assert torch.equal(of_rows(OfRow(x), rows, among=4).value, x[rows])


def test_what_has_no_rows_is_refused():
    with pytest.raises(TypeError, match="got int"):
        of_rows((torch.zeros(2), 3), torch.tensor([1]), among=2)


def test_a_state_without_tensors_is_on_the_cpu():
    assert device_of({"none": None}) == torch.device("cpu")
    assert device_of([None, torch.zeros(1, device="meta")]) == torch.device("meta")
