"""What a cell's weights and gates say of its memory: the spectra of its recurrent matrices, and what a step keeps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from seqpipe.models.nets.cells import CELLS, CellName, gate_weights
from seqpipe.models.nets.recurrent import RecurrentLayer

KEEPS: dict[CellName, str] = {"lstm": "f", "gru": "z"}
"""The gate that says what of the past stays: f_t of an LSTM, z_t of a GRU; an RNN has none."""
SLOWEST = 0.9
"""The quantile over the units from which on they are the slowest."""


def recurrent_matrices(layer: RecurrentLayer) -> dict[str, Tensor]:
    """(H, H) of each gate: the rows of its matrix that read h_{t-1}."""
    weights, hidden = gate_weights(layer.cell, layer.weights), layer.weights.hidden_size
    return {gate: weights[f"W_{gate}"][:hidden].detach() for gate in layer.cell.gates}


def spectrum(matrix: Tensor) -> tuple[float, float]:
    """Spectral radius and largest singular value of (H, H): what it does in the long run, and at most at once."""
    radius = torch.linalg.eigvals(matrix).abs().max()
    return float(radius), float(torch.linalg.matrix_norm(matrix, ord=2))


def keeping(layer: RecurrentLayer, cell: CellName, x: Tensor, lengths: Tensor) -> np.ndarray:
    """The gate that keeps, (n, H) of every real step of x (N, T, D), which the layer reads in its order."""
    gate, steps = KEEPS[cell], x.shape[1]
    with torch.no_grad():
        h = layer(x)
        weights = gate_weights(CELLS[cell], layer.weights)
        before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], dim=1)  # h_{t-1}
        open_by = torch.sigmoid(torch.cat([before, x], dim=-1) @ weights[f"W_{gate}"] + weights[f"b_{gate}"])
    real = torch.arange(steps)[None] < lengths[:, None]
    values: np.ndarray = open_by[real].numpy()
    return values


def time_constant(kept: float) -> float:
    """Steps in which a unit that keeps such a share a step falls by about e: 1 / (1 - f)."""
    return 1.0 / (1.0 - kept) if kept < 1.0 else float("inf")


def kept_by(values: np.ndarray) -> dict[str, float]:
    """Of gates (n, H): the mean, the steps that it is worth, and the steps of the slowest tenth of the units."""
    by_unit = values.mean(axis=0)
    mean = float(by_unit.mean())
    slowest = float(np.quantile(by_unit, SLOWEST))
    return {"mean": mean, "steps": time_constant(mean), "slowest_steps": time_constant(slowest)}
