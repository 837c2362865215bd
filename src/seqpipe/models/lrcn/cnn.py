"""The CNN in front of a recurrent net: from the bytes of frames to the vectors that D' would have of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from seqpipe.core.errors import UserError
from seqpipe.data.frame_augmentation import Normalise
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.stages import stages
from seqpipe.models.finetune.adapted import frozen_parts

if TYPE_CHECKING:
    from seqpipe.config import ClipCnnConfig


class ClipCnn(nn.Module):
    """Reads frames (n, 3, S, S) uint8 and gives their features (n, D) float32, whatever it computes in.

    It is in evaluation mode whatever the net around it is in: batch-norms take the statistics that they hold, for the
    frames of a few clips resemble each other and have none of their own, and no dropout of the CNN's drops. So it
    computes in training what it answers with, and the same however many frames it is given at once.

    Args:
        backbone: The CNN with its weights.
        layer, pool: Where it is read, and how a map becomes a vector: as `features` has it for D'.
        config: What of it is trained, and how many frames' activations lie in memory at once where it is.
        block: What the parameters are called that it is of.

    Raises:
        UserError: There is no such layer, the weights have no head to read it behind, or nothing is left to train of
            what comes before it.
    """

    def __init__(self, backbone: Backbone, layer: str, pool: str, config: ClipCnnConfig, block: str) -> None:
        super().__init__()
        self._node, self._pool = layers.resolve(backbone.name, backbone.transforms.crop, layer), pool
        self._at_once = config.frames_at_once
        backbone.check_readable(self._node)
        self.normalise = Normalise(backbone.transforms)
        self.body = layers.cut(backbone.module(), self._node).to(memory_format=torch.channels_last)
        frozen = self._frozen(backbone, config)
        for key, parameter in self.body.named_parameters():
            parameter.requires_grad_(key not in frozen)
        self.eval()
        if not self.trainable and config.strategy != "head":
            raise UserError(
                f"{block}.cnn: nothing of {backbone.name} is left to train before its layer {layer}: give a smaller "
                f"{block}.cnn.freeze, a later layer, or {block}.cnn.strategy=head, which trains nothing of it."
            )

    def _frozen(self, backbone: Backbone, config: ClipCnnConfig) -> frozenset[str]:
        """The names of the parameters that stay; the last stage is the last one that the layer depends on."""
        there = dict(self.body.named_parameters())
        if config.strategy == "head":
            return frozenset(there)
        if config.strategy == "last_stage":
            reached = [stage for stage in stages(backbone.name) if there.keys() & set(stage.parameters)]
            return frozenset(key for stage in reached[:-1] for key in stage.parameters)
        return frozen_parts(backbone.name, backbone.transforms.crop, config).parameters

    @property
    def trainable(self) -> int:
        """How many of its numbers are trained."""
        return sum(parameter.numel() for parameter in self.body.parameters() if parameter.requires_grad)

    def train(self, mode: bool = True) -> ClipCnn:
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, frames: Tensor) -> Tensor:
        if self._at_once is None or not torch.is_grad_enabled():
            return self._read(frames)
        # Nothing in it is drawn: there is no state of a generator to keep for the second time.
        again = partial(checkpoint, self._read, use_reentrant=False, preserve_rng_state=False)
        return torch.cat([again(part) for part in frames.split(self._at_once)])

    def _read(self, frames: Tensor) -> Tensor:
        return layers.pooled(self.body(self.normalise(frames))[self._node], self._pool).float()
