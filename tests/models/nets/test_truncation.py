"""Truncated back-propagation through time, against the sum over Jacobian products that it breaks off."""

from functools import partial

import pytest
import torch
from torch.func import functional_call, jacrev

from seqpipe.models.nets import truncation
from seqpipe.models.nets.cells import CELLS, first_state, gate_weights, unfolded
from seqpipe.models.nets.truncation import STEPS_AT_ONCE, TRUNCATIONS, by_chunks, by_windows

B, T, D, H = 2, 7, 2, 3
CELL = pytest.mark.parametrize("name", CELLS)
WAYS = pytest.mark.parametrize("way", TRUNCATIONS.values(), ids=TRUNCATIONS)


def layer_of(name):
    torch.manual_seed(3)
    return CELLS[name].fused(D, H, batch_first=True).double()


def running(name, layer):
    """The run that is truncated, by the reference cell."""

    def run(x, state):
        states = unfolded(CELLS[name], x, state, gate_weights(CELLS[name], layer))
        return torch.stack([of[0] for of in states], dim=1), states[-1]

    return run


def problem(name):
    torch.manual_seed(4)
    layer, x = layer_of(name), torch.randn(B, T, D, dtype=torch.double)
    asked = torch.randn(B, T, H, dtype=torch.double)  # dL/dh_t of L = sum_t asked_t . h_t
    return layer, x, asked, first_state(CELLS[name], x, H)


def one_step(name, layer, parameters, state, x_t):
    """The state (n H,) after one step of one sample, from the state before and all parameters, both flat."""
    shapes = {key: p.shape for key, p in layer.named_parameters()}
    split = parameters.split([shape.numel() for shape in shapes.values()])
    given = {key: part.view(shape) for (key, shape), part in zip(shapes.items(), split, strict=True)}
    parts = tuple(part[None, None] for part in state.view(-1, H))
    _, after = functional_call(layer, given, (x_t[None, None], parts if len(parts) > 1 else parts[0]))
    return torch.cat([part.reshape(-1) for part in (after if isinstance(after, tuple) else (after,))])


def jacobian_sum(name, layer, x, asked, back_to):
    """sum over t, and over s from ``back_to(t)`` to t, of dL/dh_t  ds_t/ds_{t-1} ... ds_{s+1}/ds_s  ds_s/dW."""
    flat = torch.cat([p.detach().reshape(-1) for p in layer.parameters()])
    step = partial(one_step, name, layer)
    total = torch.zeros_like(flat)
    for sample in range(B):
        state = torch.zeros(CELLS[name].states * H, dtype=torch.double)
        by_weights, by_state = [], []
        for t in range(T):
            by_weights.append(jacrev(step, 0)(flat, state, x[sample, t]))
            by_state.append(jacrev(step, 1)(flat, state, x[sample, t]))
            state = step(flat, state, x[sample, t])
            row = torch.cat([asked[sample, t], torch.zeros(len(state) - H, dtype=torch.double)])
            for s in range(t, back_to(t) - 1, -1):
                total += row @ by_weights[s]
                row = row @ by_state[s]
    return total


@CELL
@pytest.mark.parametrize("k", [1, 3, T])
@pytest.mark.parametrize(
    ("way", "back_to"), [(by_windows, lambda t, k: max(0, t - k + 1)), (by_chunks, lambda t, k: t - t % k)]
)
def test_the_gradient_is_the_sum_of_jacobian_products_up_to_k(name, k, way, back_to):
    layer, x, asked, begin = problem(name)
    (way(running(name, layer), x, begin, k) * asked).sum().backward()
    got = torch.cat([p.grad.reshape(-1) for p in layer.parameters()])
    expected = jacobian_sum(name, layer, x, asked, lambda t: back_to(t, k))
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-11)


@CELL
@WAYS
@pytest.mark.parametrize("k", [1, 2, 5, T, T + 3])
def test_truncation_changes_no_value(name, way, k):
    layer, x, _, begin = problem(name)
    run = running(name, layer)
    torch.testing.assert_close(way(run, x, begin, k), run(x, begin)[0])


@WAYS
def test_all_steps_are_no_truncation(way):
    layer, x, asked, begin = problem("lstm")
    run = running("lstm", layer)
    whole = torch.autograd.grad((run(x, begin)[0] * asked).sum(), list(layer.parameters()))
    truncated = torch.autograd.grad((way(run, x, begin, T) * asked).sum(), list(layer.parameters()))
    torch.testing.assert_close(truncated, whole)


def kept_by(way, x):
    """How many numbers a read keeps for the backward pass."""
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.numel()) or tensor, lambda t: t):
        way(running("lstm", layer_of("lstm")), x, first_state(CELLS["lstm"], x, H))
    return sum(kept)


@pytest.mark.parametrize("k", [1, 50])
def test_chunks_of_a_long_clip_keep_no_activations_of_their_steps(k):
    """What the backward pass finds of them is what they began with: they are computed again."""
    x = torch.randn(B, 10 * STEPS_AT_ONCE, D, dtype=torch.double)
    assert kept_by(lambda run, x, begin: by_chunks(run, x, begin, k), x) < kept_by(lambda run, *of: run(*of), x) / 10


@pytest.mark.parametrize("k", [3, 50])
def test_what_is_computed_again_has_the_gradient_of_what_is_kept(k, monkeypatch):
    layer = layer_of("lstm")
    x = torch.randn(B, 3 * STEPS_AT_ONCE, D, dtype=torch.double, requires_grad=True)
    found = []
    for at_once in (STEPS_AT_ONCE, x.shape[1]):
        monkeypatch.setattr(truncation, "STEPS_AT_ONCE", at_once)
        h = by_chunks(running("lstm", layer), x, first_state(CELLS["lstm"], x, H), k)
        found.append(torch.autograd.grad(h.square().sum(), [x, *layer.parameters()]))
    torch.testing.assert_close(*found)
