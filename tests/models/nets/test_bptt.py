"""Back-propagation through time, written out, is torch's to the last digits: values and every gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.models.nets.bptt import WAYS, unrolled
from seqpipe.models.nets.cells import CELLS

CELL_NAMES = [name for name, cell in CELLS.items() if cell.fused(1, 1).mode in WAYS]
SIZES = st.integers(1, 4)


def gradients(h, xs, layers):
    weights = [parameter for layer in layers for parameter in layer.parameters()]
    # Of every h_t another weight, so that none hides behind another.
    seen = torch.randn(h.shape, generator=torch.Generator().manual_seed(1), dtype=h.dtype)
    return torch.autograd.grad((h * seen).sum(), [*xs, *weights])


@pytest.mark.parametrize("name", CELL_NAMES)
@settings(max_examples=25)
@given(ways=st.integers(1, 3), B=SIZES, T=st.integers(1, 7), D=SIZES, H=SIZES)
def test_values_and_gradients_are_those_of_torch(name, ways, B, T, D, H):
    layers = [CELLS[name].fused(D, H, batch_first=True).double() for _ in range(ways)]
    xs = [torch.randn(B, T, D, dtype=torch.float64, requires_grad=True) for _ in range(ways)]
    ours = torch.stack(unrolled(layers, xs))
    torchs = torch.stack([layer(x)[0] for layer, x in zip(layers, xs, strict=True)])
    torch.testing.assert_close(ours, torchs, rtol=1e-10, atol=1e-10)
    pairs = zip(gradients(ours, xs, layers), gradients(torchs, xs, layers), strict=True)
    for our, torch_s in pairs:
        torch.testing.assert_close(our, torch_s, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CELL_NAMES)
def test_the_gradient_is_asked_for_once(name):
    layer, x = CELLS[name].fused(2, 3, batch_first=True), torch.randn(2, 4, 2, requires_grad=True)
    h = unrolled([layer], [x])[0]
    (once,) = torch.autograd.grad(h.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        once.sum().backward()


def test_of_features_without_a_gradient_none_is_computed():
    layer, x = CELLS["gru"].fused(2, 3, batch_first=True), torch.randn(2, 4, 2)
    unrolled([layer], [x])[0].sum().backward()
    assert x.grad is None
    assert layer.weight_ih_l0.grad is not None
