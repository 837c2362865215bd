"""The recurrent cells, as their equations have them: what one step makes of what is read and what is remembered.

Throughout, x_t is (B, D), h_t and C_t are (B, H), and hx = [h_{t-1}, x_t] is (B, H + D). Each gate has its matrix
(H + D, H) and its bias (H,): Goodfellow et al., Deep Learning, chapter 10, in the names of the LSTM's usual drawing.

The values and the gradients are those of ``torch.nn``, whose weights these cells take (`gate_weights`): a net that was
trained by the fused kernels is looked into with these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

CellName = Literal["rnn", "gru", "lstm"]
State: TypeAlias = tuple[Tensor, ...]
"""What a cell remembers, each (B, H): h_t first; of the LSTM C_t as well."""
Weights: TypeAlias = Mapping[str, Tensor]
"""A matrix ``W_<gate>`` (H + D, H) and a bias ``b_<gate>`` (H,) for each gate."""


def rnn(x_t: Tensor, state: State, w: Weights) -> State:
    """Elman's recurrent net (Finding structure in time, 1990)."""
    (h,) = state
    hx = torch.cat([h, x_t], dim=-1)
    h_t = torch.tanh(hx @ w["W_h"] + w["b_h"])
    return (h_t,)


def lstm(x_t: Tensor, state: State, w: Weights) -> State:
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with the forget gate of Gers et al. (2000)."""
    h, C = state
    hx = torch.cat([h, x_t], dim=-1)
    f_t = torch.sigmoid(hx @ w["W_f"] + w["b_f"])  # what of C_{t-1} is kept
    i_t = torch.sigmoid(hx @ w["W_i"] + w["b_i"])  # what of the candidate is let in
    C_new = torch.tanh(hx @ w["W_C"] + w["b_C"])  # the candidate C~_t
    C_t = f_t * C + i_t * C_new  # a sum: gradients flow along it, multiplied by f_t alone
    o_t = torch.sigmoid(hx @ w["W_o"] + w["b_o"])  # what is shown
    h_t = o_t * torch.tanh(C_t)
    return (h_t, C_t)


def gru(x_t: Tensor, state: State, w: Weights) -> State:
    """Gated recurrent unit (Cho et al. 2014), in cuDNN's form: the reset gate weighs W h_{t-1}, not h_{t-1} itself."""
    (h,) = state
    hx = torch.cat([h, x_t], dim=-1)
    r_t = torch.sigmoid(hx @ w["W_r"] + w["b_r"])  # what of the past the candidate sees
    z_t = torch.sigmoid(hx @ w["W_z"] + w["b_z"])  # what of the past stays as it is
    W_h, W_x = w["W_n"].split([h.shape[-1], x_t.shape[-1]])
    n_t = torch.tanh(x_t @ W_x + w["b_n"] + r_t * (h @ W_h + w["b_n_h"]))  # the candidate
    h_t = (1 - z_t) * n_t + z_t * h
    return (h_t,)


@dataclass(frozen=True)
class Cell:
    """A cell by all that depends on it.

    Attributes:
        step: One step: x_t, the state before it, the weights; gives the state after it.
        gates: Its gates in the order in which ``fused`` lays their weights.
        states: How many tensors its state has.
        fused: The layer of torch's that computes it in one call.
        words: What a sentence calls it.
        apart: Gates that read the bias of h (``b_<gate>_h``) by itself.
    """

    step: Callable[[Tensor, State, Weights], State]
    gates: tuple[str, ...]
    states: int
    fused: type[nn.RNN] | type[nn.GRU] | type[nn.LSTM]
    words: str
    apart: tuple[str, ...] = ()


CELLS: Mapping[CellName, Cell] = {
    "rnn": Cell(rnn, ("h",), 1, nn.RNN, "RNN"),
    "gru": Cell(gru, ("r", "z", "n"), 1, nn.GRU, "GRU", apart=("n",)),
    "lstm": Cell(lstm, ("i", "f", "C", "o"), 2, nn.LSTM, "LSTM"),
}


def gate_weights(cell: Cell, layer: nn.RNNBase) -> dict[str, Tensor]:
    """The weights of a torch layer (one layer, one direction) by gate; gradients flow back into the layer's own.

    torch has two biases a gate where one is enough: they are added up, but where the cell reads them ``apart``.
    """
    gates = len(cell.gates)
    W_x, W_h, bias_x, bias_h = layer.all_weights[0]
    W = torch.cat([W_h, W_x], dim=1)  # (G H, H + D)
    w = {f"W_{gate}": part.T for gate, part in zip(cell.gates, W.chunk(gates), strict=True)}
    for gate, b_x, b_h in zip(cell.gates, bias_x.chunk(gates), bias_h.chunk(gates), strict=True):
        w |= {f"b_{gate}": b_x, f"b_{gate}_h": b_h} if gate in cell.apart else {f"b_{gate}": b_x + b_h}
    return w


def first_state(cell: Cell, x: Tensor, hidden: int) -> State:
    """Zeros: before the first step of x (B, ...) nothing is remembered."""
    return tuple(x.new_zeros(len(x), hidden) for _ in range(cell.states))


def unfolded(cell: Cell, x: Tensor, state: State, w: Weights) -> list[State]:
    """The states after each step of x (B, T, D): the loop of the cell, unfolded in time."""
    states = []
    for x_t in x.unbind(1):
        state = cell.step(x_t, state, w)
        states.append(state)
    return states
