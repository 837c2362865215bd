"""The long-term recurrent convolutional net: a CNN, and recurrent nets that read what it says of each frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from seqpipe.data.clip_batches import ClipBatch
from seqpipe.models.linear.rows import Prepare
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.recurrent import outcome, varied_steps
from seqpipe.training.step import StepOutput

if TYPE_CHECKING:
    from seqpipe.config import RecurrentConfig
    from seqpipe.tasks.base import Task


class LrcnNet(nn.Module):
    """Reads clips and gives the logits of each member, (M, B, K), or (M, B, T, K) where every step is read out.

    Between CNN and members lies the preprocessing of D' (centring, one scale, PCA): a linear map, which stays as it is.
    The members compute in float32, whatever the CNN computes in: their steps are many and small.

    Args:
        cnn: From frames to features (n, D).
        prepare: From features to what a member reads, (n, C).
        members: M recurrent nets over this one CNN, whose probabilities are averaged in an answer.
        config: How the steps are varied in training.
    """

    mean: Tensor
    project: Tensor

    def __init__(
        self, cnn: ClipCnn, prepare: Prepare, members: Sequence[RecurrentNet], config: RecurrentConfig
    ) -> None:
        super().__init__()
        self.cnn, self.members, self._config = cnn, nn.ModuleList(members), config
        self.register_buffer("mean", prepare.mean, persistent=False)
        self.register_buffer("project", prepare.project, persistent=False)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        features = self.cnn(frames)
        with torch.autocast(frames.device.type, enabled=False):
            read = Prepare(self.mean, self.project)(features)
            x = read.new_zeros(*mask.shape, read.shape[1]).masked_scatter(mask[..., None], read)
            return torch.stack([member(self._varied(x, mask), mask) for member in self.members])

    def _varied(self, x: Tensor, mask: Tensor) -> Tensor:
        return varied_steps(x, mask, self._config) if self.training else x


class LrcnStep:
    """The outcome of a batch of clips: the mean over the members, each of which learns by itself."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, net: nn.Module, batch: ClipBatch) -> StepOutput:
        outcomes = [outcome(self._task, logits, batch.mask, batch.t) for logits in net(batch.frames, batch.mask)]
        loss = torch.stack([of.loss for of in outcomes]).mean()
        correct = torch.stack([of.correct for of in outcomes]).float().mean()
        return StepOutput(loss, correct, outcomes[0].count)
