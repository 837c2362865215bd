"""States by rows: nested containers of tensors whose first axis is the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from seqpipe.generation.base import OfRow, State


def of_rows(state: State, rows: Tensor, among: int, *, alike: bool = False) -> State:
    """The same containers with the rows ``rows`` (n,) int64 of each tensor; a row may be asked for more than once.

    Nothing is copied where these are all the ``among`` rows in their order.

    Args:
        alike: Each stands where another one of its own row has stood, so that `OfRow` stays as it is.

    Raises:
        TypeError: The state holds something that has no rows.
    """
    if len(rows) == among and torch.equal(rows, torch.arange(among, device=rows.device)):
        return state
    return _taken(state, rows, alike)


def _taken(state: State, rows: Tensor, alike: bool) -> State:
    if state is None or (alike and isinstance(state, OfRow)):
        return state
    if isinstance(state, Tensor):
        return state.index_select(0, rows)
    if isinstance(state, dict):
        return {name: _taken(part, rows, alike) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [_taken(part, rows, alike) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    raise TypeError(f"a state is made of tensors in tuples, lists and dictionaries, got {type(state).__name__}")


def device_of(state: State) -> torch.device:
    """Where the first tensor of a state lies; the CPU where there is none."""
    return next((tensor.device for tensor in _tensors(state)), torch.device("cpu"))


def _tensors(state: Any) -> Iterator[Tensor]:
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict | tuple | list):
        for part in state.values() if isinstance(state, dict) else state:
            yield from _tensors(part)
