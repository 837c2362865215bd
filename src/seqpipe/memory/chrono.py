"""Gates that begin with a memory as long as it has to be."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from seqpipe.models.nets.cells import CELLS, CellName
from seqpipe.models.nets.recurrent import RecurrentLayer

KEEPING: Mapping[CellName, Mapping[str, float]] = {"rnn": {}, "gru": {"z": 1.0}, "lstm": {"f": 1.0, "i": -1.0}}
"""The gates by which a cell keeps what it has (1), and those by which it lets in what would take its place (-1)."""


@torch.no_grad()
def begin_chrono(layer: RecurrentLayer, cell: CellName, longest: int) -> None:
    """Chrono initialisation (Tallec and Ollivier, Can recurrent neural networks warp time?, ICLR 2018), in place.

    A unit whose gate keeps a share f of what it has forgets in 1 / (1 - f) steps. The biases (H,) are drawn so that
    these times are spread evenly over 1 to ``longest`` - 1 steps. torch has a second bias for h, which becomes 0.
    """
    hidden = layer.weights.hidden_size
    _, _, of_x, of_h = layer.weights.all_weights[0]
    times = of_x.new_empty(hidden).uniform_(1, longest - 1)
    for gate, sign in KEEPING[cell].items():
        begin = CELLS[cell].gates.index(gate) * hidden
        of_x[begin : begin + hidden] = sign * times.log()
        of_h[begin : begin + hidden] = 0
