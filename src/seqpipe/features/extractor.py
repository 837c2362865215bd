"""The extractor: uint8 frames in, features out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

from seqpipe.features import layers
from seqpipe.features.backbones import Backbone

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Extractor(nn.Module):
    """Normalise, run the backbone up to a layer, pool: (B, 3, S, S) uint8 to (B, D) float32.

    A frame's features depend on the shape of its batch (other kernels are taken for other shapes) but not
    on what else is in it nor on its place there. Hence every batch is filled up to one size.

    Args:
        backbone: The CNN, its weights and transforms.
        node: The graph node to read, as ``layers.resolve`` gives it.
        pool: ``avg`` or ``flatten``.
        precision: ``float32`` or ``bfloat16``: what the convolutions compute in.
        device: Where.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, backbone: Backbone, node: str, pool: str, precision: str, device: torch.device) -> None:
        super().__init__()
        self.pool = pool
        self.precision = precision
        self.dtype = DTYPES[precision]
        self.device = device
        self.size = backbone.transforms.crop
        body = _prepared(backbone.module(), node).to(memory_format=torch.channels_last)
        self.body = body.to(device, self.dtype)
        mean, std = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in _moments(backbone))
        self.register_buffer("scale", 1.0 / (255.0 * std))
        self.register_buffer("shift", -mean / std)

    def forward(self, frames: Tensor) -> Tensor:
        x = torch.addcmul(self.shift, frames.to(torch.float32), self.scale).to(self.dtype)
        x = x.contiguous(memory_format=torch.channels_last)
        return layers.pooled(self.body(x)["x"], self.pool).to(torch.float32)

    def empty_batch(self, size: int) -> Tensor:
        """(size, 3, S, S) uint8 zeros on the CPU, pinned where a GPU will copy them."""
        batch = torch.zeros(size, 3, self.size, self.size, dtype=torch.uint8).contiguous(
            memory_format=torch.channels_last
        )
        return batch.pin_memory() if self.device.type == "cuda" else batch

    @torch.inference_mode()
    def features(self, frames: Tensor) -> Tensor:
        """(B, 3, S, S) uint8 on the CPU to (B, D) float32 on the device; CUDA is not waited for."""
        return self(frames.to(self.device, non_blocking=True))


def _moments(backbone: Backbone) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return backbone.transforms.mean, backbone.transforms.std


def _prepared(module: nn.Module, node: str) -> nn.Module:
    """Cut at the node, batch norms folded into their convolutions (in float32, before any cast)."""
    return fuse(layers.cut(module, node), inplace=True, no_trace=True).eval()
