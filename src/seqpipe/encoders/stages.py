"""Stages: the parts of a backbone from its first layers to its head, found from its structure.

A stage is a run of blocks whose maps have one resolution (ResNet's ``layer1``, the convolutions of a VGG
between two poolings); where there are no maps (the tokens of a ViT, the hidden dense layers of a VGG), a
block is a stage. Early stages see what all pictures share, late ones what the source task asked for
(Yosinski et al., How transferable are features in deep neural networks?, NIPS 2014): hence the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from seqpipe.core.errors import UserError
from seqpipe.encoders import architectures, layers

SIZE = 224
"""Stages are looked for at this frame size, so that a number of them means the same at any size."""
SHOWN = 8
"""Stages that a message lists."""
_NEXT_STAGE = 1.5
"""How many times coarser a map must be to begin a stage: an unpadded convolution trims it by a little."""


@dataclass(frozen=True)
class Stage:
    """A part of a backbone.

    Attributes:
        name: What to call it: its modules in short, ``conv1+bn1`` or ``features.2..features.4``.
        modules: Paths of the modules that make it up, in the order they run.
        parameters: Names of its parameters.
    """

    name: str
    modules: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Frozen:
    """What of a backbone stays as it is.

    Attributes:
        parameters: Names of the parameters.
        modules: Paths of the modules that stay in evaluation mode: no batch-norm among them updates its
            statistics, and no dropout drops.
    """

    parameters: frozenset[str]
    modules: frozenset[str]


@lru_cache(maxsize=64)
def stages(name: str) -> tuple[Stage, ...]:
    """The stages of the model ``name``, earliest first: every parameter outside the head is in one of them."""
    module, calls = _looked_at(name)
    head = [path for path in calls if _holds_itself(module.get_submodule(path))][-1]  # as layers.head_layer, sooner
    paths = sorted(_blocks(module, head, calls), key=list(calls).index)
    runs = _runs(module, paths, calls)
    parameters = [[p for path in run for p in _parameters(module, path)] for run in runs]
    for container, held_parameters in _held_by_containers(module, paths):
        first = next(i for i, path in enumerate(paths) if path.startswith(container))
        before = paths[max(first - 1, 0)]  # a container uses what it holds before it runs its children
        parameters[next(i for i, run in enumerate(runs) if before in run)] += held_parameters
    return tuple(_stage(module, run, of_run) for run, of_run in zip(runs, parameters, strict=True))


def check_freeze(name: str, size: int, freeze: int | str) -> None:
    """Raises a UserError where the model ``name``, reading ``size`` x ``size`` frames, cannot be frozen that far."""
    _frozen_parameters(name, size, freeze)


@lru_cache(maxsize=64)
def frozen(name: str, size: int, freeze: int | str) -> Frozen:
    """What stays as it is in the model ``name``, reading ``size`` x ``size`` frames.

    Args:
        freeze: How many of the first stages, or the name of a layer (as in ``layers.known_layers``): all that
            the output of that layer depends on.

    Raises:
        UserError: There are not that many stages, the layer is unknown, or it is the head or behind it.
    """
    parameters = _frozen_parameters(name, size, freeze)
    module, calls = _looked_at(name)
    order = {path: i for i, path in enumerate(calls)}
    last = max((order[_called(p.rpartition(".")[0], order)] for p in parameters), default=-1)
    frozen_modules = set()
    for path, part in module.named_modules():
        part_parameters = _parameters(module, path)
        before = not part_parameters and not any(part.children()) and order.get(path, last) < last
        if before or (part_parameters and parameters.issuperset(part_parameters)):
            frozen_modules |= {path, *(f"{path}.{inner}" for inner, _ in part.named_modules() if inner)}
    return Frozen(parameters, frozenset(frozen_modules))


def _frozen_parameters(name: str, size: int, freeze: int | str) -> frozenset[str]:
    if isinstance(freeze, str):
        return _needed_for(name, size, freeze)
    all_ = stages(name)
    if freeze > len(all_):
        names = [stage.name for stage in all_]
        known = ", ".join(names if len(names) <= SHOWN else [*names[: SHOWN - 2], "...", names[-1]])
        raise UserError(f"freeze: {name} has {len(all_)} stages ({known}), got {freeze}; give {len(all_)} at most.")
    return frozenset(p for stage in all_[:freeze] for p in stage.parameters)


def _needed_for(name: str, size: int, layer: str) -> frozenset[str]:
    """The parameters that the output of a layer depends on."""
    node = layers.resolve(name, size, layer)
    head = layers.head_layer(name, size)
    nodes = list(layers.node_shapes(name, size))
    if nodes.index(node) >= nodes.index(head):
        raise UserError(
            f"freeze: {head} is the head of {name} and always trained, got {layer!r}; name a layer before it."
        )
    module = architectures.build_module(name, layers.IMAGENET_CLASSES, size, "meta")
    return frozenset(key for key, _ in layers.cut(module, node).named_parameters())


@lru_cache(maxsize=16)
def _looked_at(name: str) -> tuple[nn.Module, dict[str, tuple[int, ...]]]:
    """The model without memory, and every module that runs, in the order they begin, with its output's shape.

    The shape is empty where the output is not one tensor.
    """
    module = architectures.build_module(name, layers.IMAGENET_CLASSES, SIZE, "meta")
    shapes: dict[str, tuple[int, ...]] = {}

    def begins(path: str, _module: nn.Module, _inputs: object) -> None:
        shapes.setdefault(path, ())

    def ends(path: str, _module: nn.Module, _inputs: object, output: object) -> None:
        shapes[path] = tuple(output.shape) if isinstance(output, Tensor) else ()

    for path, part in module.named_modules():
        part.register_forward_pre_hook(partial(begins, path))
        part.register_forward_hook(partial(ends, path))
    with torch.no_grad():
        module(torch.empty(1, 3, SIZE, SIZE, device="meta"))
    return module, shapes


def _called(path: str, calls: dict[str, int]) -> str:
    """The module itself or the innermost around it that is called: some only lend their weights."""
    while path not in calls:
        path = path.rpartition(".")[0]
    return path


def _blocks(module: nn.Module, head: str, calls: dict[str, tuple[int, ...]], path: str = "") -> list[str]:
    """The modules with parameters that a stage is made of: none holds the head, nor most of the layers."""
    part = module.get_submodule(path)
    is_container = f"{head}.".startswith(f"{path}." if path else "") or path not in calls
    if not is_container and 2 * _weighted(part) <= _weighted(module):
        return [path]
    inner = [f"{path}.{child}".lstrip(".") for child, m in part.named_children() if _weighted(m)]
    if not inner:
        return [path]
    return [block for child in inner if child != head for block in _blocks(module, head, calls, child)]


def _weighted(module: nn.Module) -> int:
    """How many modules in it hold parameters themselves."""
    return sum(_holds_itself(part) for part in module.modules())


def _holds_itself(module: nn.Module) -> bool:
    return any(True for _ in module.parameters(recurse=False))


def _runs(module: nn.Module, paths: list[str], calls: dict[str, tuple[int, ...]]) -> list[list[str]]:
    """Consecutive blocks that make up a stage; a block without a matrix (a norm) goes with those before it."""
    runs: list[list[str]] = []
    before: int | None = None
    for path in paths:
        resolution = _resolution(calls[path])
        has_matrix = any(p.ndim > 1 for p in module.get_submodule(path).parameters())
        same = resolution is not None and before is not None and before < _NEXT_STAGE * resolution
        if runs and (same or not has_matrix):
            runs[-1].append(path)
        else:
            runs.append([path])
        before = resolution if has_matrix else before
    return runs


def _resolution(shape: tuple[int, ...]) -> int | None:
    """The side of a map (B, C, H, W) or, in Swin, (B, H, W, C); None where it is none. Frames are square."""
    if len(shape) != 4:
        return None
    return shape[2] if shape[2] == shape[3] else shape[1]


def _parameters(module: nn.Module, path: str) -> list[str]:
    return [f"{path}.{key}".lstrip(".") for key, _ in module.get_submodule(path).named_parameters()]


def _held_by_containers(module: nn.Module, paths: list[str]) -> list[tuple[str, list[str]]]:
    """Parameters that belong to what holds the blocks (ViT's class token), by the prefix of that container."""
    held = []
    for path, part in module.named_modules():
        prefix = f"{path}." if path else ""
        part_parameters = [prefix + key for key, _ in part.named_parameters(recurse=False)]
        if part_parameters and path not in paths and any(block.startswith(prefix) for block in paths):
            held.append((prefix, part_parameters))
    return held


def _stage(module: nn.Module, run: list[str], parameters: list[str]) -> Stage:
    whole = tuple(dict.fromkeys(_widest(module, path, set(parameters)) for path in run))
    name = "+".join(whole) if len(whole) <= 2 else f"{whole[0]}..{whole[-1]}"
    return Stage(name, whole, tuple(parameters))


def _widest(module: nn.Module, path: str, parameters: set[str]) -> str:
    """The outermost module around ``path`` all of whose parameters are among these."""
    parent = path.rpartition(".")[0]
    if parent and parameters.issuperset(_parameters(module, parent)):
        return _widest(module, parent, parameters)
    return path
