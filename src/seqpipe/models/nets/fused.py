"""torch's recurrent layers in one call: all directions of a layer, and clips of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

KERNELS: dict[str, Any] = {"RNN_TANH": torch.rnn_tanh, "GRU": torch.gru, "LSTM": torch.lstm}
"""What torch's layers call, by their ``mode``."""


def at_once(ways: Sequence[nn.RNNBase], x: Tensor, lengths: Tensor) -> Tensor:
    """h (B, T, ways H) of one layer that reads x (B, T, D) in one direction, or of two in both, from zeros on.

    As ``torch.nn``'s layer of so many directions. Of clips that are all T long nothing is packed, which is quicker.
    """
    weights = [weight for way in ways for weight in way.all_weights[0]]
    begin = x.new_zeros(len(ways), len(x), ways[0].hidden_size)
    state = (begin, begin) if ways[0].mode == "LSTM" else begin
    how = (state, weights, True, 1, 0.0, ways[0].training, len(ways) > 1)
    kernel = KERNELS[ways[0].mode]
    if bool((lengths == x.shape[1]).all()):
        h: Tensor = kernel(x, *how, True)[0]
        return h
    packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
    read = packed._replace(data=kernel(packed.data, packed.batch_sizes, *how)[0])
    return _padded(read, x.shape[1])


def _padded(packed: PackedSequence, steps: int) -> Tensor:
    frames: Tensor = pad_packed_sequence(packed, batch_first=True, total_length=steps)[0]
    return frames
