"""The gain of the Jacobian: against the exact one, and against the power of a matrix."""

import pytest
import torch
from tests.memory.conftest import CELLS, config
from torch import nn
from torch.func import jacrev

from seqpipe.memory.jacobians import gains, probes_of
from seqpipe.models.nets.cells import CELLS as BY_NAME
from seqpipe.models.nets.cells import first_state, gate_weights, unfolded
from seqpipe.models.nets.recurrent import RecurrentLayer

N, T, D, H = 2, 6, 3, 5


class Linear(nn.Module):
    """h_t = W h_{t-1} + x_t: a recurrent layer whose Jacobian over k steps is the k-th power of W."""

    def __init__(self, W):
        super().__init__()
        self.W, self.recorded = nn.Parameter(W), None

    def forward(self, x):
        h = x.new_zeros(len(x), len(self.W))
        for x_t in x.unbind(1):
            h = h @ self.W.T + x_t
            self.recorded.append((h,))


def layer_of(cell):
    torch.manual_seed(0)
    return RecurrentLayer(D, cell, config(hidden=H)).double()


def problem():
    torch.manual_seed(1)
    return torch.randn(N, T, D, dtype=torch.double), torch.tensor([T, 4])


def exact(cell, layer, x, length, part):
    """(T,) ||ds_T/ds_t||_F / sqrt(H) of one clip, by jacrev of the steps behind t."""
    of, weights = BY_NAME[cell], gate_weights(BY_NAME[cell], layer.weights)
    states = unfolded(of, x[None, :length], first_state(of, x[None], H), weights)

    def last(s_t, t):
        state = tuple(s_t[None] if n == part else other for n, other in enumerate(states[t]))
        if part == 1:  # h_t is made of C_t: it moves along
            state = (states[t][0] / torch.tanh(states[t][1]) * torch.tanh(s_t[None]), s_t[None])
        behind = unfolded(of, x[None, t + 1 : length], state, weights)
        return (behind[-1] if behind else state)[part][0]

    found = [jacrev(last)(states[t][part][0].detach(), t) for t in range(length)]
    return torch.tensor([float(J.detach().norm() / H**0.5) for J in found], dtype=torch.double)


@CELLS
@pytest.mark.parametrize("part", [0, 1])
def test_with_a_basis_it_is_exact(cell, part):
    if part >= BY_NAME[cell].states:
        return
    layer, (x, lengths) = layer_of(cell), problem()
    found = gains(layer, x, lengths, probes_of(H, H, seed=0), part)
    for row, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(found[row, :length], exact(cell, layer, x[row], length, part))
        assert (found[row, length:] == 0).all()
        assert float(found[row, length - 1]) == pytest.approx(1.0)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
def test_of_a_linear_layer_it_is_the_power_of_its_matrix(radius):
    torch.manual_seed(2)
    W = radius * torch.linalg.qr(torch.randn(H, H, dtype=torch.double))[0]
    found = gains(Linear(W), torch.randn(N, T, H, dtype=torch.double), torch.full((N,), T), probes_of(H, 2, seed=0))
    torch.testing.assert_close(found[0].flip(0), radius ** torch.arange(T, dtype=torch.double))


def test_of_any_linear_layer_the_probes_are_right_on_average():
    torch.manual_seed(3)
    W = torch.randn(H, H, dtype=torch.double) / H**0.5
    x, ends = torch.randn(1, T, H, dtype=torch.double), torch.tensor([T])
    squares = torch.stack([gains(Linear(W), x, ends, probes_of(H, 2, seed), 0)[0] ** 2 for seed in range(1500)])
    powers = torch.stack([torch.linalg.matrix_power(W, k).norm() ** 2 / H for k in range(T)])
    torch.testing.assert_close(squares.mean(0).flip(0), powers.detach(), rtol=0.1, atol=0.0)


def test_probes_are_orthonormal_and_at_most_a_basis():
    few, all_of_them = probes_of(H, 3, seed=1), probes_of(H, 99, seed=1)
    torch.testing.assert_close(few @ few.T, torch.eye(3, dtype=torch.double))
    torch.testing.assert_close(all_of_them, torch.eye(H, dtype=torch.double))
    assert torch.equal(few, probes_of(H, 3, seed=1))


def test_a_clip_at_a_time_is_the_same(monkeypatch):
    layer, (x, lengths) = layer_of("gru"), problem()
    probes = probes_of(H, 2, seed=0)
    together = gains(layer, x, lengths, probes)
    monkeypatch.setattr("seqpipe.memory.jacobians.NUMBERS_AT_ONCE", 1)
    torch.testing.assert_close(gains(layer, x, lengths, probes), together)
