"""Truncated back-propagation through time: how far back in time a gradient goes (Williams and Peng 1990)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from seqpipe.models.nets.cells import State

Run: TypeAlias = Callable[[Tensor, State], tuple[Tensor, State]]
"""Reads x (B, T, D) from a state on: h (B, T, H) of every step, and the state after the last."""


STEPS_AT_ONCE = 8
"""Steps that are computed again together, where a chunk has fewer: to begin anew costs as much as some steps."""


def stretch_of(k: int) -> int:
    """Steps whose activations lie in memory at once, where a clip is read in chunks of k."""
    return k * max(1, STEPS_AT_ONCE // k)


def by_chunks(run: Run, x: Tensor, state: State, k: int) -> Tensor:
    """h (B, T, H), read k steps at a time; the state is carried over, the gradient is not.

    A gradient goes back to the beginning of its chunk: 1 to k steps. A chunk is computed again for the backward pass
    (Chen et al., Training deep nets with sublinear memory cost, 2016), so that the activations of one lie in memory, or
    of `STEPS_AT_ONCE` steps where it has fewer.
    """
    stretches = x.split(stretch_of(k), dim=1)
    again = len(stretches) > 1 and torch.is_grad_enabled()
    read = []
    for stretch in stretches:
        h, state = _again(run, k, stretch, state) if again else _chunks(run, k, stretch, state)
        read.append(h)
    return torch.cat(read, dim=1)


def _chunks(run: Run, k: int, x: Tensor, state: State) -> tuple[Tensor, State]:
    chunks = []
    for chunk in x.split(k, dim=1):
        h, state = run(chunk, state)
        state = tuple(part.detach() for part in state)
        chunks.append(h)
    return torch.cat(chunks, dim=1), state


def _again(run: Run, k: int, x: Tensor, state: State) -> tuple[Tensor, State]:
    """The same, of which nothing is kept: it is computed again where its gradient is asked for."""
    h, after = checkpoint(_chunks, run, k, x, state, use_reentrant=False, preserve_rng_state=False)
    return h, after


def by_windows(run: Run, x: Tensor, state: State, k: int) -> Tensor:
    """h (B, T, H), of which each h_t has a gradient of just the k steps up to t, or of all where t is less.

    The sum over Jacobian products that is broken off after k terms. Every h_t is computed again from the state k steps
    before it, which is k times the work: what `by_chunks` is held against.
    """
    B, T, D = x.shape
    if k >= T:
        return run(x, state)[0]
    begun, _ = run(x[:, :k], state)
    before = _states(run, x, state)[: T - k]  # before steps 1 .. T - k
    windows = x.unfold(1, k, 1)[:, 1:].transpose(2, 3).reshape(-1, k, D)  # (B (T - k), k, D)
    begin = tuple(torch.stack(part, dim=1).flatten(0, 1) for part in zip(*before, strict=True))
    h, _ = run(windows, begin)
    return torch.cat([begun, h[:, -1].view(B, T - k, -1)], dim=1)


@torch.no_grad()
def _states(run: Run, x: Tensor, state: State) -> list[State]:
    """The state after each step, which no gradient reaches."""
    states = []
    for step in x.split(1, dim=1):
        _, state = run(step, state)
        states.append(state)
    return states


TRUNCATIONS: dict[str, Callable[[Run, Tensor, State, int], Tensor]] = {"chunk": by_chunks, "window": by_windows}
"""By what ``truncate_by`` calls them."""
