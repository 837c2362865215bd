"""What of a training step lies in memory until its backward pass: the activations that autograd keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from seqpipe.models.nets.recurrent import RecurrentLayer, RecurrentNet
from seqpipe.models.nets.truncation import stretch_of


def kept_bytes(compute: Callable[[], Any], known: set[int]) -> int:
    """The bytes that autograd saves while ``compute`` runs; a storage that several tensors share counts once.

    Args:
        compute: A forward pass.
        known: The addresses of storages that are there anyway: weights, inputs.
    """
    storages: dict[int, int] = {}
    held = []  # a storage that were freed could be given away again at the same address

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            storages[storage.data_ptr()] = storage.nbytes()
            held.append(tensor)
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        held.append(compute())
    return sum(storages.values())


def training_bytes(net: RecurrentNet, whole: RecurrentNet, x: Tensor, mask: Tensor, k: int | None) -> int:
    """What a training step of x (B, T, C) keeps at most for its backward pass.

    Where it is truncated by chunks of k steps, that is what is kept of the whole, and where a clip is longer than the
    stretches that are computed again when their turn comes, also the states that are carried from one to the next, and
    the activations of one.

    Args:
        net: The net that is trained.
        whole: The same net without truncation.
    """
    there = {of.untyped_storage().data_ptr() for of in (x, mask, *net.parameters())}
    kept = kept_bytes(lambda: net(x, mask), there)
    if k is None or x.shape[1] <= stretch_of(k):
        return kept
    layers = [layer for way in whole.directions for layer in way]
    carried = sum(layer.cell.states * layer.weights.hidden_size for layer in layers) * -(-x.shape[1] // stretch_of(k))
    return (
        kept + carried * len(x) * x.element_size() + max(_of_stretch(layer, x[:, : stretch_of(k)]) for layer in layers)
    )


def _of_stretch(layer: RecurrentLayer, x: Tensor) -> int:
    """What one layer keeps of the steps of one stretch."""
    stretch = torch.zeros(*x.shape[:2], layer.weights.input_size)
    known = {of.untyped_storage().data_ptr() for of in (stretch, *layer.parameters())}
    return kept_bytes(lambda: layer(stretch), known)
