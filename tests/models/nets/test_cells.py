"""The cells: torch's values and gradients, and gates that do what the equations say."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.models.nets.cells import CELLS, first_state, gate_weights, unfolded

CELL = pytest.mark.parametrize("name", CELLS)
EXACTLY = {"rtol": 1e-10, "atol": 1e-10}


def layer_of(name, size=3, hidden=4, seed=0):
    torch.manual_seed(seed)
    return CELLS[name].fused(size, hidden, batch_first=True).double()


def by_cell(name, layer, x, state=None):
    """h (B, T, H) of the reference cell with the weights of torch's layer."""
    cell = CELLS[name]
    state = first_state(cell, x, layer.hidden_size) if state is None else state
    return torch.stack([h for h, *_ in unfolded(cell, x, state, gate_weights(cell, layer))], dim=1)


@CELL
@given(batch=st.integers(1, 4), steps=st.integers(1, 9), size=st.integers(1, 5), hidden=st.integers(1, 6))
def test_values_and_gradients_are_torchs(name, batch, steps, size, hidden):
    layer = layer_of(name, size, hidden, seed=batch + 7 * steps)
    x = torch.randn(batch, steps, size, dtype=torch.double, requires_grad=True)
    weight = torch.randn(batch, steps, hidden, dtype=torch.double)
    asked = [x, *layer.parameters()]
    expected, got = layer(x)[0], by_cell(name, layer, x)
    torch.testing.assert_close(got, expected, **EXACTLY)
    for of_torch, of_cell in zip(
        torch.autograd.grad((expected * weight).sum(), asked),
        torch.autograd.grad((got * weight).sum(), asked),
        strict=True,
    ):
        torch.testing.assert_close(of_cell, of_torch, **EXACTLY)


@CELL
def test_a_state_goes_on_where_it_was_left(name):
    layer, x = layer_of(name), torch.randn(2, 6, 3, dtype=torch.double)
    cell, w = CELLS[name], gate_weights(CELLS[name], layer)
    half = unfolded(cell, x[:, :3], first_state(cell, x, 4), w)[-1]
    torch.testing.assert_close(by_cell(name, layer, x[:, 3:], half), by_cell(name, layer, x)[:, 3:], **EXACTLY)


def gates_shut(name, **biases):
    """The weights of a layer whose gates have these biases and read nothing else."""
    w = gate_weights(CELLS[name], layer_of(name))
    for gate, bias in biases.items():
        w |= {f"W_{gate}": torch.zeros_like(w[f"W_{gate}"]), f"b_{gate}": torch.full_like(w[f"b_{gate}"], bias)}
    return w


def test_an_lstm_whose_forget_gate_is_open_and_input_gate_shut_keeps_its_cell():
    h, C, x = (torch.randn(2, n, dtype=torch.double) for n in (4, 4, 3))
    _, kept = CELLS["lstm"].step(x, (h, C), gates_shut("lstm", f=50.0, i=-50.0))
    torch.testing.assert_close(kept, C)


def test_a_gru_whose_update_gate_is_open_keeps_its_state():
    h, x = (torch.randn(2, n, dtype=torch.double) for n in (4, 3))
    (kept,) = CELLS["gru"].step(x, (h,), gates_shut("gru", z=50.0))
    torch.testing.assert_close(kept, h)


@CELL
def test_every_weight_of_torchs_layer_is_learned_through_the_cell(name):
    layer = layer_of(name)
    by_cell(name, layer, torch.randn(2, 4, 3, dtype=torch.double)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())
