"""How much of the gradient of the loss arrives at the states of earlier steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.models.nets.cells import State
from seqpipe.models.nets.recurrent import RecurrentLayer, RecurrentNet

PARTS = ("h", "C")
"""The parts of a state in their order; C, the cell of an LSTM, is a path of its own."""
NUMBERS_AT_ONCE = 2**22
"""Clips x steps x units that are unfolded at once: of each about 15 float64 numbers are kept, 0.5 GB in all."""


def top_layers(net: RecurrentNet) -> list[RecurrentLayer]:
    """The topmost layer of each direction."""
    return [way[-1] for way in net.directions]


@contextmanager
def recording(layers: Sequence[RecurrentLayer]) -> Iterator[list[list[State]]]:
    """Inside the block the layers leave the states of their steps: a list a layer."""
    kept: list[list[State]] = [[] for _ in layers]
    for layer, states in zip(layers, kept, strict=True):
        layer.recorded = states
    try:
        yield kept
    finally:
        for layer in layers:
            layer.recorded = None


def gradient_norms(net: RecurrentNet, x: Tensor, mask: Tensor, t: Tensor) -> list[dict[str, Tensor]]:
    """The norm of dL/dh_t, and of an LSTM's dL/dC_t, at every step of the topmost layer.

    L is the cross-entropy of a clip. The gradient at a state is all that reaches it, by the read-out and by the steps
    that are read after it; an LSTM's dL/dC_t holds what comes by h_t as well, dL/dh_t what does not pass C_t alone.

    Args:
        x: (N, T, C), what the net reads.
        mask: (N, T), the steps that are there.
        t: (N,) classes.

    Returns:
        for each direction, by the part of its state, (N, T) in its own order of reading, zero behind a clip's end.
    """
    size = max(1, NUMBERS_AT_ONCE // (x.shape[1] * top_layers(net)[0].weights.hidden_size))
    parts = [_norms(net, *some) for some in zip(x.split(size), mask.split(size), t.split(size), strict=True)]
    return [
        {part: torch.cat([of[way][part] for of in parts]) for part in parts[0][way]} for way in range(len(parts[0]))
    ]


def _norms(net: RecurrentNet, x: Tensor, mask: Tensor, t: Tensor) -> list[dict[str, Tensor]]:
    with torch.enable_grad(), recording(top_layers(net)) as kept:
        loss = cross_entropy(net(x, mask), t, reduction="sum")  # a clip's gradient is of its own loss
    return [_of_states(loss, states, x.shape[1]) for states in kept]


def _of_states(loss: Tensor, states: list[State], steps: int) -> dict[str, Tensor]:
    """(N, T) norms by part; a batch whose clips are all shorter than T is filled up with zeros."""
    flat = [part for state in states for part in state]
    gradients = torch.autograd.grad(loss, flat, retain_graph=True, allow_unused=True, materialize_grads=True)
    norms = torch.stack([of.norm(dim=-1) for of in gradients], dim=1).detach()  # (N, T parts)
    count = len(states[0])
    filled = norms.new_zeros(len(norms), steps * count)
    filled[:, : norms.shape[1]] = norms
    return {name: filled[:, n::count] for n, name in enumerate(PARTS[:count])}


def layer_inputs(net: RecurrentNet, x: Tensor, mask: Tensor) -> list[Tensor]:
    """What the topmost layer of each direction is given, (N, T, D) each, in its own order of reading."""
    given: list[Tensor] = []
    # Where it is recorded, a layer is called by itself, not with all directions at once.
    with ExitStack() as hooks, torch.no_grad(), recording(top_layers(net)):
        for layer in top_layers(net):
            handle = layer.register_forward_pre_hook(lambda _, args: given.append(args[0]))
            hooks.callback(handle.remove)
        net(x, mask)
    return given
