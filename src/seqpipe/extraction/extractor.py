"""The extractor: uint8 frames or snippets in, features out."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Node

from seqpipe.encoders import layers
from seqpipe.encoders.architectures import input_shape
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import PooledNode
from seqpipe.runtime.compat import fold_batch_norms

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Extractor(nn.Module):
    """Normalise, run the backbone up to the last node, pool: (B, 3, S, S) uint8 to (B, D) float32 a pooled node.

    A video backbone reads snippets of L frames, (B, 3, L, S, S). The features of a frame or snippet depend on the shape
    of its batch (other kernels are taken for other shapes) but not on what else is in it nor on its place there, nor on
    what other nodes are read. Hence every batch is filled up to one size.

    Args:
        backbone: The CNN, its weights and transforms.
        pooled_nodes: Where to read; those of one node share its computation.
        precision: ``float32`` or ``bfloat16``: what the convolutions compute in.
        device: Where.
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self, backbone: Backbone, pooled_nodes: Sequence[PooledNode], precision: str, device: torch.device
    ) -> None:
        super().__init__()
        self.precision = precision
        self.dtype = DTYPES[precision]
        self.device = device
        self.size = backbone.transforms.size
        self.memory_format = torch.channels_last if isinstance(self.size, int) else torch.channels_last_3d
        body = _prepared(backbone.module(), pooled_nodes).to(memory_format=self.memory_format)
        self.body = body.to(device, self.dtype)
        along = [1] * len(input_shape(1, self.size)[2:])
        mean, std = (torch.tensor(v, device=device).view(1, 3, *along) for v in _moments(backbone))
        self.register_buffer("scale", 1.0 / (255.0 * std))
        self.register_buffer("shift", -mean / std)

    def forward(self, frames: Tensor) -> tuple[Tensor, ...]:
        x = torch.addcmul(self.shift, frames.to(torch.float32), self.scale).to(self.dtype)
        read: tuple[Tensor, ...] = self.body(x.contiguous(memory_format=self.memory_format))
        return read

    def empty_batch(self, size: int) -> Tensor:
        """(size, 3, S, S) or (size, 3, L, S, S) uint8 zeros on the CPU, pinned where a GPU will copy them."""
        batch = torch.zeros(input_shape(size, self.size), dtype=torch.uint8)
        batch = batch.contiguous(memory_format=self.memory_format)
        return batch.pin_memory() if self.device.type == "cuda" else batch

    @torch.inference_mode()
    def features(self, frames: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, S, S) or (B, 3, L, S, S) uint8 on the CPU to (B, D) float32 on the device, a pooled node each.

        CUDA is not waited for.
        """
        return self(frames.to(self.device, non_blocking=True))


def _moments(backbone: Backbone) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return backbone.transforms.mean, backbone.transforms.std


def _prepared(module: nn.Module, pooled_nodes: Sequence[PooledNode]) -> nn.Module:
    """Cut and read, batch norms folded into their convolutions (in float32, before any cast)."""
    body = layers.cut(module, *dict.fromkeys(pooled_node.node for pooled_node in pooled_nodes))
    return fold_batch_norms(_with_pooled_nodes(body, pooled_nodes)).eval()


def _with_pooled_nodes(body: GraphModule, pooled_nodes: Sequence[PooledNode]) -> GraphModule:
    """Gives a tuple of features, each read the moment it arises: the layer behind it may overwrite it in place."""
    output = next(node for node in body.graph.nodes if node.op == "output")
    arises, read = output.args[0], []
    for pooled_node in pooled_nodes:
        node = _of_its_own(body, arises[pooled_node.node])
        with body.graph.inserting_after(node):
            read.append(body.graph.call_function(_read, (node, pooled_node.pool)))
    output.args = (tuple(read),)
    return body


def _of_its_own(body: GraphModule, node: Node) -> Node:
    """What to read for ``node``: a convolution that a batch norm follows is computed twice.

    Folding replaces it, and is not done where someone else reads it too; the layers behind it would then have
    other bits than where this node is not read.
    """
    convolution = _module(body, node)
    folded = any(isinstance(_module(body, user), nn.BatchNorm2d | nn.BatchNorm3d) for user in node.users)
    if not isinstance(convolution, nn.Conv2d | nn.Conv3d) or not folded:
        return node
    name = f"{node.name}_read"
    body.add_submodule(name, copy.deepcopy(convolution))
    with body.graph.inserting_after(node):
        return body.graph.call_module(name, node.args, node.kwargs)


def _module(body: GraphModule, node: Node) -> nn.Module | None:
    return body.get_submodule(str(node.target)) if node.op == "call_module" else None


def _read(x: Tensor, pool: str) -> Tensor:
    return layers.pooled(x, pool).to(torch.float32, copy=True)
