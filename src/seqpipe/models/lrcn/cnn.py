"""The CNN in front of a recurrent net: from the bytes of frames to the vectors that D' would have of them."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from seqpipe.data.frame_augmentation import Normalise
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.stages import Frozen


class ClipCnn(nn.Module):
    """Reads frames (n, 3, S, S) uint8 and gives their features (n, D) float32, whatever it computes in.

    It is in evaluation mode whatever the net around it is in: batch-norms take the statistics that they hold, for the
    frames of a few clips resemble each other and have none of their own, and no dropout of the CNN's drops. So it
    computes in training what it answers with, and the same however many frames it is given at once.

    Args:
        backbone: The CNN with its weights.
        layer, pool: Where it is read, and how a map becomes a vector: as `features` has it for D'.
        frozen: What of it stays as it is: no gradient reaches it.
        frames_at_once: Where a gradient is wanted, the frames whose activations lie in memory at once; None: all.

    Raises:
        UserError: There is no such layer, or the weights have no head to read it behind.
    """

    def __init__(
        self, backbone: Backbone, layer: str, pool: str, frozen: Frozen, frames_at_once: int | None = None
    ) -> None:
        super().__init__()
        self._node, self._pool = layers.resolve(backbone.name, backbone.transforms.crop, layer), pool
        self._at_once = frames_at_once
        backbone.check_readable(self._node)
        self.normalise = Normalise(backbone.transforms)
        self.body = layers.cut(backbone.module(), self._node).to(memory_format=torch.channels_last)
        for key, parameter in self.body.named_parameters():
            parameter.requires_grad_(key not in frozen.parameters)
        self.eval()

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
