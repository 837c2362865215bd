"""Spectra and gates, against the equations of the cells."""

import math

import numpy as np
import pytest
import torch
from tests.memory.conftest import config

from seqpipe.memory.gates import keeping, kept_by, recurrent_matrices, spectrum, time_constant
from seqpipe.models.nets.recurrent import RecurrentLayer

D, H = 3, 4


def layer_of(cell):
    torch.manual_seed(0)
    return RecurrentLayer(D, cell, config(hidden=H)).double()


@pytest.mark.parametrize(("cell", "gates"), [("rnn", "h"), ("gru", "rzn"), ("lstm", "ifCo")])
def test_each_gate_has_its_block_of_torchs_matrix(cell, gates):
    layer = layer_of(cell)
    found = recurrent_matrices(layer)
    assert "".join(found) == gates
    for matrix, block in zip(found.values(), layer.weights.weight_hh_l0.chunk(len(gates)), strict=True):
        torch.testing.assert_close(matrix, block.detach().T)


def test_the_spectrum_of_a_turned_and_of_a_nilpotent_matrix():
    turn = 0.7 * torch.linalg.qr(torch.randn(H, H, dtype=torch.double))[0]
    assert spectrum(turn) == pytest.approx((0.7, 0.7))
    shift = torch.diag(torch.full((3,), 2.0, dtype=torch.double), 1)
    radius, singular = spectrum(shift)
    assert radius < 1e-3  # in the long run nothing is left, though a step may double
    assert singular == pytest.approx(2.0)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gate_that_keeps_is_that_of_the_equations_at_the_real_steps_alone(cell):
    layer, x = layer_of(cell), torch.randn(2, 3, D, dtype=torch.double)
    found = keeping(layer, cell, x, torch.tensor([3, 1]))
    assert found.shape == (4, H)
    block = 1  # of both cells the second: f of i f C o, z of r z n
    rows = slice(block * H, (block + 1) * H)
    own = layer.weights
    bias = (own.bias_ih_l0 + own.bias_hh_l0)[rows]
    before = torch.cat([torch.zeros(2, 1, H, dtype=torch.double), layer(x)[:, :-1]], dim=1)
    expected = torch.sigmoid(x @ own.weight_ih_l0[rows].T + before @ own.weight_hh_l0[rows].T + bias).detach()
    np.testing.assert_allclose(found, np.concatenate([expected[0].numpy(), expected[1, :1].numpy()]))


def test_a_time_constant_is_a_factor_e():
    assert time_constant(0.0) == 1.0
    assert time_constant(1.0) == math.inf
    assert 0.99 ** time_constant(0.99) == pytest.approx(1 / math.e, rel=0.01)


def test_the_slowest_units_are_told_beside_the_mean():
    kept = kept_by(np.tile(np.array([0.5] * 8 + [0.9] * 2), (5, 1)))
    assert kept["mean"] == pytest.approx(0.58)
    assert kept["slowest_steps"] == pytest.approx(10.0)
