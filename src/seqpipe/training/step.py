"""What a training is given beside its configuration: batches, groups of parameters, and what a batch answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from seqpipe.training.selection import Better

SECONDS = "seconds"
"""The key in a history's ``attrs``: what all its epochs took, in this process or before."""


@dataclass(frozen=True)
class ParamGroup:
    """Parameters that learn at ``factor`` times the configured rate.

    Early layers hold what transfers, so they are given less (Howard and Ruder, Universal language model fine-tuning
    for text classification, ACL 2018).
    """

    parameters: Sequence[nn.Parameter]
    factor: float


@dataclass(frozen=True)
class StepOutput:
    """What a batch gave: the mean loss of its ``count`` samples, and how many of them were classified right."""

    loss: Tensor
    correct: Tensor
    count: int


class BatchLoader(Protocol):
    """The batches of an epoch; each iteration is another epoch.

    Where it has a method ``set_epoch(epoch)``, the training batches are told which epoch comes (from 0) before they
    are iterated, as torch's DistributedSampler is: a training that goes on after an interruption begins in the
    middle, so whoever draws from a generator of their own must draw by the number, not by counting iterations.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


Step = Callable[[nn.Module, Any], StepOutput]
"""Gives the step output of a batch; ``net.training`` tells training from validation."""


@dataclass(frozen=True)
class Judge:
    """What the val loss does not tell: a score of what a net answers by itself, once an epoch.

    Attributes:
        name: The score's column in the history is ``val_<name>``.
        score: Of the net, in eval mode and without gradients.
        better: Which way; the best epoch and the patience go by it, in the place of the val loss.
    """

    name: str
    score: Callable[[nn.Module], float]
    better: Better
