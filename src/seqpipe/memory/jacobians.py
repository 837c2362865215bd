"""How much of a change of an earlier state arrives at the last one: the Jacobian of the cell over many steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from seqpipe.memory.gradients import NUMBERS_AT_ONCE, recording


def probes_of(hidden: int, count: int, seed: int) -> Tensor:
    """(P, H) orthonormal vectors: ``count`` random ones, or where H is no larger all H of a basis."""
    if count >= hidden:
        return torch.eye(hidden, dtype=torch.double)
    drawn = torch.randn(hidden, count, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn)[0].T.contiguous()


def gains(layer: Any, x: Tensor, lengths: Tensor, probes: Tensor, part: int = 0) -> Tensor:
    """The root mean square gain ||J||_F / sqrt(H) of J = ds_T/ds_t, s being a part of the state, at every step t.

    It is the length, on average over all directions, of what a change of length 1 in s_T is made of in s_t: 1 at
    t = T, and sigma^(T - t) where each step is sigma times a rotation. J is the product of the Jacobians of the steps
    between, whose norm Pascanu, Mikolov and Bengio (On the difficulty of training recurrent neural networks, ICML
    2013) bound by the largest singular value of the recurrent matrix; here it is measured.

    For a unit vector v of random direction E ||v J||^2 = ||J||_F^2 / H, and v J of all t is one backward pass: J itself
    is never made. With H probes, a basis, it is exact.

    Args:
        layer: A `RecurrentLayer`, or what leaves its states in ``recorded`` as it does.
        x: (N, T, D), what it reads, in its order.
        lengths: (N,) steps of each clip.
        probes: (P, H) orthonormal.
        part: Of the state: 0 is h, 1 the LSTM's C.

    Returns:
        (N, T), zero behind a clip's end.
    """
    rows = max(1, NUMBERS_AT_ONCE // (x.shape[1] * probes.shape[1] * len(probes)))
    some = zip(x.split(rows), lengths.split(rows), strict=True)
    return torch.cat([_gains(layer, clips, ends, probes, part) for clips, ends in some])


def _gains(layer: Any, x: Tensor, lengths: Tensor, probes: Tensor, part: int) -> Tensor:
    """By as many copies of each clip as there are probes, in one pass."""
    n, steps, _ = x.shape
    v = probes.repeat(n, 1)  # (N P, H)
    last = (lengths - 1).repeat_interleave(len(probes))
    with torch.enable_grad(), recording([layer]) as kept:
        layer(x.repeat_interleave(len(probes), dim=0))
        asked = [state[part] for state in kept[0]]
        s_T = torch.stack(asked, dim=1)[torch.arange(len(v)), last]
        found = torch.autograd.grad((s_T * v).sum(), asked, allow_unused=True, materialize_grads=True)
    squares = torch.stack([of.square().sum(dim=-1) for of in found], dim=1)  # (N P, T)
    return squares.view(n, len(probes), steps).mean(dim=1).sqrt()
