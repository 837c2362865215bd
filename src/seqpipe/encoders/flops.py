"""Floating-point operations of a frame, or of a snippet: a proxy of time and energy that depends on no machine.

Products and sums of convolutions and matrices count as two; the rest (activations, norms, pooling) as none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from seqpipe.encoders.architectures import Size, input_shape

_FRAMES = 2  # batch-norms need more than one number a channel in training


def forward_flops(module: nn.Module, size: Size) -> int:
    """Of one frame or snippet through ``module``, to its output."""
    return _counted(module, size, training=False)


def step_flops(module: nn.Module, size: Size) -> int:
    """Of one frame through ``module`` and back to what it trains (``requires_grad``): a frame's share of a step."""
    return _counted(module, size, training=True)


def _counted(module: nn.Module, size: Size, training: bool) -> int:
    held = itertools.chain(module.named_parameters(), module.named_buffers())
    shapes = {k: torch.empty_like(v, device="meta").requires_grad_(v.requires_grad) for k, v in held}
    with _without_fast_path(), torch.set_grad_enabled(training), _counter() as counter:
        output = functional_call(module, shapes, torch.empty(input_shape(_FRAMES, size), device="meta"))
        if training:
            output.sum().backward()
    return int(counter.get_total_flops()) // _FRAMES


def _counter() -> FlopCounterMode:
    return FlopCounterMode(display=False, custom_mapping={torch.ops.aten.convolution_backward: _convolution_backward})


def _convolution_backward(
    grad_output: Sequence[int], _x: Sequence[int], weight: Sequence[int], *rest: Any, **_named: Any
) -> int:
    """As many as forward for the gradient of the input, and of the weights: torch's own count forgets the groups."""
    wanted = rest[-1]  # of input, weight and bias
    return 2 * prod(grad_output) * prod(weight[1:]) * (bool(wanted[0]) + bool(wanted[1]))


@contextmanager
def _without_fast_path() -> Iterator[None]:
    """Inside the block attention runs as matrix products, which are counted; its fused kernel is not."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
