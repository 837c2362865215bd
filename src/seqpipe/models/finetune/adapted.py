"""A backbone adapted to a target task: its parameters copied, a new head, and what is trained of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn

from seqpipe.config import EndToEndConfig
from seqpipe.data.frame_augmentation import Normalise
from seqpipe.encoders import architectures, layers
from seqpipe.encoders.backbones import Backbone, Transforms
from seqpipe.encoders.stages import Frozen, frozen, stages
from seqpipe.runtime.compat import is_batch_norm
from seqpipe.training.fit import ParamGroup

NOTHING_FROZEN = Frozen(frozenset(), frozenset())


class AdaptedNet(nn.Module):
    """Reads normalised frames (B, 3, S, S) and gives logits (B, K); ``normalise`` makes them of bytes.

    Args:
        body: The CNN, from normalised frames to logits.
        transforms: Of the weights the CNN began with: their mean and deviation normalise the frames.
        frozen: What of it stays as it is: no gradient reaches it, and it is in evaluation mode whatever the net is in.
    """

    def __init__(self, body: nn.Module, transforms: Transforms, frozen: Frozen) -> None:
        super().__init__()
        self.normalise = Normalise(transforms)
        self.body = body.to(memory_format=torch.channels_last)
        self._frozen = frozen.modules
        for key, parameter in body.named_parameters():
            parameter.requires_grad_(key not in frozen.parameters)

    def forward(self, x: Tensor) -> Tensor:
        with self._norms_in_eval_mode() if len(x) == 1 else nullcontext():
            logits: Tensor = self.body(x)
        return logits

    def train(self, mode: bool = True) -> AdaptedNet:
        super().train(mode)
        for path in self._frozen:
            self.body.get_submodule(path).training = False
        return self

    @contextmanager
    def _norms_in_eval_mode(self) -> Iterator[None]:
        """Batch-norms take the statistics that they hold: a single frame, the last of an epoch, has none of its own."""
        learning = [m for m in self.body.modules() if is_batch_norm(m) and m.training]
        for norm in learning:
            norm.training = False
        try:
            yield
        finally:
            for norm in learning:
                norm.training = True


def frozen_parts(name: str, size: int, config: EndToEndConfig) -> Frozen:
    """What the strategy leaves as it is.

    Raises:
        UserError: ``freeze`` is more than there is, or unknown.
    """
    if config.strategy in ("head", "last_stage"):
        return frozen(name, size, len(stages(name)) - (config.strategy == "last_stage"))
    if config.strategy == "freeze_first":
        return frozen(name, size, config.freeze)
    return NOTHING_FROZEN


def with_new_head(backbone: Backbone, classes: int, seed: int) -> nn.Module:
    """The backbone's CNN with all its weights, but for a head of K ``classes``, random by ``seed``."""
    size = backbone.transforms.crop
    path = layers.head_layer(backbone.name, size)
    head = architectures.build_module(backbone.name, classes, size, "meta").get_submodule(path).to_empty(device="cpu")
    with _seeded(seed):
        head.reset_parameters()  # type: ignore[operator]
    module = backbone.module()
    module.set_submodule(path, head)
    return _kept_alive(module, backbone.name, size)


def from_scratch(name: str, size: int, classes: int, seed: int) -> nn.Module:
    """The same architecture with the random weights that torchvision begins a training from."""
    with _seeded(seed):
        return _kept_alive(architectures.build_module(name, classes, size, initialised=True), name, size)


def _kept_alive(module: nn.Module, name: str, size: int) -> nn.Module:
    """The head's biases at one where a ReLU follows it, as in SqueezeNet; softmax does not see what all classes share.

    From zero, a few steps can bring every answer below zero: the ReLU then gives zeros and no gradient, and nothing is
    ever learned (seen from random weights on boats: the loss stayed at log K for 16 epochs).
    """
    head, nodes = layers.head_layer(name, size), list(layers.node_shapes(name, size))
    behind = set(nodes[nodes.index(head) + 1 :])
    if any(isinstance(part, nn.ReLU) for path, part in module.named_modules() if path in behind):
        nn.init.ones_(module.get_submodule(head).bias)  # type: ignore[arg-type]
    return module


def param_groups(body: nn.Module, name: str, size: int, config: EndToEndConfig) -> list[ParamGroup]:
    """What is trained, slowest first: a stage learns at ``layer_decay`` of the next one's rate, the last at the full.

    Layer-wise decay as in ELECTRA (Clark et al., ICLR 2020) and BEiT (Bao et al., ICLR 2022); the head at ``head_rate``
    times the full one. From scratch, all learn alike.
    """
    learned = {key: p for key, p in body.named_parameters() if p.requires_grad}
    if config.strategy == "scratch":
        return [ParamGroup(list(learned.values()), 1.0)]
    found, head = stages(name), f"{layers.head_layer(name, size)}."
    factors = {
        key: config.layer_decay ** (len(found) - 1 - i) for i, stage in enumerate(found) for key in stage.parameters
    }
    own = {key: config.head_rate if key.startswith(head) else factors.get(key, 1.0) for key in learned}
    return [ParamGroup([learned[key] for key in own if own[key] == each], each) for each in sorted(set(own.values()))]


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
