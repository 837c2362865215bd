"""Feature layers: where in a backbone x' is read, by name.

Names are torchvision's graph node names (``get_graph_node_names``) or the path of a module, which means its
last node; ``last_conv``, ``penultimate`` and ``head`` find themselves in any model.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.fx import GraphModule
from torch.nn.functional import adaptive_avg_pool2d
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from seqpipe.core.errors import UserError, unknown_name
from seqpipe.encoders import architectures
from seqpipe.encoders.architectures import Size, input_shape, size_told
from seqpipe.runtime.compat import erase_asserts

IMAGENET_CLASSES = 1000
LAST_CONV = "last_conv"
PENULTIMATE = "penultimate"
HEAD = "head"
INPUT = "x"
"""The node of what a model reads. torchvision cuts a pair of graphs: that of training, of which no one asks anything,
is cut here."""
GRID = 7
PLACES = GRID**2
"""Parts of a map that ``pool=grid`` keeps apart: as many as the last map of a ResNet has at 224 pixels."""
_BATCH = 3  # a batch size that no model has by chance as a channel or window count of its first axis


class PooledNode(NamedTuple):
    """A node of a graph whose output is read, and how it is pooled."""

    node: str
    """As ``resolve`` gives it."""
    pool: str
    """``avg``, ``grid`` or ``flatten``."""


def resolve(name: str, size: Size, layer: str) -> str:
    """The graph node that ``layer`` means in the model ``name`` reading frames or snippets of ``size``.

    Raises:
        UserError: The layer is unknown (answered with the known ones, the useful ones first), or the model
            has no convolution map.
    """
    shapes = node_shapes(name, size)
    if layer == LAST_CONV:
        return _last_conv(name, size)
    if layer == PENULTIMATE:
        nodes = list(shapes)
        return nodes[nodes.index(head_layer(name, size)) - 1]
    if layer in shapes:
        return layer
    if layer == HEAD:
        return head_layer(name, size)
    inside = [node for node in shapes if node.startswith(f"{layer}.")]
    if not inside:
        raise unknown_name(f"layer of {name}", layer, known_layers(name, size))
    return inside[-1]


def exists(name: str, size: Size, layer: str) -> bool:
    """Whether the layer means anything there: networks of tokens have no convolution maps."""
    return layer != LAST_CONV or _map_nodes(name, size) != []


def known_layers(name: str, size: Size) -> list[str]:
    """Every name that ``features.layer`` may have: the two general ones, modules from the top, nodes."""
    nodes = list(node_shapes(name, size))
    general = [PENULTIMATE, HEAD] if _map_nodes(name, size) == [] else [LAST_CONV, PENULTIMATE, HEAD]
    children = list(dict.fromkeys(node.split(".")[0] for node in nodes))
    blocks = list(dict.fromkeys(".".join(node.split(".")[:2]) for node in nodes))
    return list(dict.fromkeys([*general, *children, *blocks, *nodes]))


def pooled(features: Tensor, pool: str) -> Tensor:
    """A layer's output as float vectors.

    Args:
        features: (B, D), tokens (B, L, C), or a map (B, C, H, W); Swin's maps are (B, H, W, C). Of a snippet there is
            time in front of space: (B, C, T, H, W), Swin's (B, T, H, W, C). Frames are square, hence their maps.
        pool: ``avg`` averages over time, space or tokens, ``grid`` over the parts of a map and over time (`PLACES` of
            them, each with its C numbers), ``flatten`` keeps every number.

    Returns:
        (B, D); the average is taken in float32 whatever the backbone computed in.

    Raises:
        UserError: ``grid``, and the layer gives no map.
    """
    if pool == "grid":
        return _by_place(features)
    if pool == "flatten" or features.ndim == 2:
        return features.flatten(1)
    if features.ndim == 3:
        return features.mean(1, dtype=torch.float32)
    first = 1 if _channels_last(features) else 2
    return features.mean(tuple(range(first, first + features.ndim - 2)), dtype=torch.float32)


def _by_place(features: Tensor) -> Tensor:
    """(B, PLACES C) of a map: from the upper left to the lower right, the average of each part of it."""
    if features.ndim < 4:
        raise UserError("pool=grid asks for places, and this layer gives no map: take layer=last_conv, or pool=avg.")
    maps = features.movedim(-1, 1) if _channels_last(features) else features
    if maps.ndim == 5:
        maps = maps.mean(2, dtype=torch.float32)
    averages = _differentiable_averages(maps.float()) if maps.requires_grad else adaptive_avg_pool2d(maps.float(), GRID)
    return averages.flatten(2).transpose(1, 2).flatten(1)


def _differentiable_averages(maps: Tensor) -> Tensor:
    """As ``adaptive_avg_pool2d``, whose gradient on a GPU is not the same bits each time: torch refuses it there."""
    down, across = (_shares(side).to(maps) for side in maps.shape[-2:])
    return torch.einsum("bchw,ih,jw->bcij", maps, down, across)


def _shares(side: int) -> Tensor:
    """(GRID, side): what each of ``side`` rows counts in the average of each part."""
    shares = torch.zeros(GRID, side)
    for part in range(GRID):
        first, end = part * side // GRID, -(-(part + 1) * side // GRID)
        shares[part, first:end] = 1.0 / (end - first)
    return shares


def _channels_last(features: Tensor) -> bool:
    return features.shape[-2] != features.shape[-1] and features.shape[-3] == features.shape[-2]


def cut(module: nn.Module, *nodes: str) -> GraphModule:
    """``module`` up to the last of ``nodes``: what comes after it is not computed. Gives each node's output by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # train and eval graphs differ by their dropout, as they should
        pair = create_feature_extractor(module, train_return_nodes=[INPUT], eval_return_nodes=list(nodes)).eval()
    graph = pair.graph  # the evaluation half of torchvision's pair
    erase_asserts(graph)  # ViT checks the shape behind the cut too, which would keep its layers
    graph.eliminate_dead_code()
    return GraphModule(pair, graph)


@lru_cache(maxsize=64)
def node_shapes(name: str, size: Size) -> dict[str, tuple[int, ...]]:
    """Graph nodes that give one tensor a frame or snippet, in the order they run, with its shape without the batch.

    Found on the meta device: no weights, no arithmetic.

    Raises:
        UserError: Frames of that size are too small for the model, or snippets too short.
    """
    module = architectures.build_module(name, IMAGENET_CLASSES, size, "meta")
    _, nodes = get_graph_node_names(module, suppress_diff_warning=True)
    nodes = [node for node in nodes if node != INPUT]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tapped = create_feature_extractor(module, train_return_nodes=[INPUT], eval_return_nodes=nodes).eval()
    try:
        outputs = tapped(torch.empty(input_shape(_BATCH, size), device="meta"))
    except RuntimeError as error:
        other = "a smaller backbone" if isinstance(size, int) else "another backbone, or backbone.snippet.frames=16"
        raise UserError(f"{name} cannot read {size_told(size)}: take {other}.") from error
    most = len(input_shape(_BATCH, size))
    return {node: tuple(out.shape[1:]) for node, out in outputs.items() if _is_a_feature(out, most)}


def _is_a_feature(output: object, most_dimensions: int) -> bool:
    return isinstance(output, Tensor) and 2 <= output.ndim <= most_dimensions and output.shape[0] == _BATCH


@lru_cache(maxsize=64)
def head_layer(name: str, size: Size) -> str:
    """The last layer with weights that runs: the model's classifier."""
    weighted = _modules_with_weights(name, size)
    return [node for node in node_shapes(name, size) if node in weighted][-1]


def needs_head(name: str, size: Size, node: str) -> bool:
    """Whether the model's head has run where this graph node has."""
    nodes = list(node_shapes(name, size))
    return nodes.index(node) >= nodes.index(head_layer(name, size))


def _modules_with_weights(name: str, size: Size) -> dict[str, nn.Module]:
    module = architectures.build_module(name, IMAGENET_CLASSES, size, "meta")
    return {path: m for path, m in module.named_modules() if next(m.parameters(recurse=False), None) is not None}


@lru_cache(maxsize=64)
def _map_nodes(name: str, size: Size) -> list[str]:
    """Nodes before the head that give a map larger than 1 x 1.

    A model with a single convolution only cuts patches with it (ViT, Swin): it has no convolution maps; nor has one
    whose others run over the heads of its attention (MViT). An adaptive pooling that keeps a map (VGG, AlexNet) blurs
    it for the head's sake and is no feature layer.
    """
    weighted = _modules_with_weights(name, size)
    convolutions = sum(isinstance(m, nn.Conv2d | nn.Conv3d) for m in weighted.values())
    if convolutions < 2 or not architectures.entry_of(name).has_maps:
        return []
    shapes, dimensions = node_shapes(name, size), len(input_shape(1, size)) - 1
    head_child = head_layer(name, size).split(".")[0]
    body = [node for node in shapes if node.split(".")[0] != head_child and node.split(".")[-1] != "avgpool"]
    return [node for node in body if len(shapes[node]) == dimensions and min(shapes[node][-2:]) > 1]


def _last_conv(name: str, size: Size) -> str:
    maps = _map_nodes(name, size)
    if not maps:
        raise UserError(
            f"{name} has no convolution maps, so features.layer=last_conv means nothing there: "
            f"use features.layer=penultimate (the input of {head_layer(name, size)}), or a CNN like resnet18."
        )
    return maps[-1]
