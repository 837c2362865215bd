"""What a training is given: how long and how fast, which weights, and what a batch answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from torch import Tensor, nn

SECONDS = "seconds"
"""The key in a history's ``attrs``: what all its epochs took, in this process or before."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast.

    ``learning_rate`` is reached after the share ``warm_up`` of the steps, linearly, and falls to zero along a cosine.
    ``weight_decay`` is AdamW's, on matrices alone. ``clip_norm`` bounds the norm of the gradient (Pascanu et
    al., On the difficulty of training recurrent neural networks, ICML 2013); ``patience`` epochs without a lower
    val loss end the training, None never. ``keep``: the weights of the best val loss, or the last.

    ``accumulate`` batches make one step, the last step of an epoch perhaps of fewer; every sample of a step counts
    the same, so it is the step of one large batch (but for batch-norms, which see each batch alone). ``precision``
    is what the net computes in; weights, gradients and the optimizer's state are float32 either way (Micikevicius
    et al., Mixed precision training, ICLR 2018).
    """

    epochs: int
    learning_rate: float
    warm_up: float
    weight_decay: float
    clip_norm: float | None
    patience: int | None
    keep: Literal["best", "last"]
    accumulate: int
    precision: Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Group:
    """Parameters that learn at ``factor`` times the plan's rate.

    Early layers hold what transfers, so they are given less (Howard and Ruder, Universal language model fine-tuning
    for text classification, ACL 2018).
    """

    parameters: Sequence[nn.Parameter]
    factor: float


@dataclass(frozen=True)
class Outcome:
    """What a batch gave: the mean loss of its ``count`` samples, and how many of them were classified right."""

    loss: Tensor
    correct: Tensor
    count: int


class Epoch(Protocol):
    """The batches of an epoch; each iteration is another epoch.

    Where it has a method ``set_epoch(epoch)``, the training batches are told which epoch comes (from 0) before they
    are iterated, as torch's DistributedSampler is: a training that goes on after an interruption begins in the
    middle, so whoever draws from a generator of their own must draw by the number, not by counting iterations.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


Step = Callable[[nn.Module, Any], Outcome]
"""Gives the outcome of a batch; ``net.training`` tells training from validation."""
