"""AdamW with a rate for each group of parameters, and the schedule that all the rates follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from seqpipe.config import TrainingConfig
from seqpipe.training.step import ParamGroup


def adamw(groups: Sequence[ParamGroup], config: TrainingConfig) -> AdamW:
    """The optimizer of what learns in the groups; parameters that need no gradient never reach it."""
    return AdamW(_split(groups, config), lr=config.learning_rate, fused=True)


def _split(groups: Sequence[ParamGroup], config: TrainingConfig) -> list[dict[str, Any]]:
    """The optimizer's groups: of each group that learns, the matrices, which decay, and the rest.

    Where nothing decays they are one: a step of a small net is short, and each group costs it a call.
    """
    split = []
    for group in groups:
        learned = [p for p in group.parameters if p.requires_grad]
        decaying = [p for p in learned if p.ndim > 1 and config.weight_decay > 0]
        rest = [p for p in learned if p.ndim <= 1 or config.weight_decay == 0]
        for decay, chosen in ((config.weight_decay, decaying), (0.0, rest)):
            if chosen:
                split.append({"params": chosen, "weight_decay": decay, "lr": config.learning_rate * group.factor})
    return split


def schedule_of(optimizer: AdamW, config: TrainingConfig, batches: int) -> LambdaLR:
    """The configured schedule for epochs of so many batches; it is stepped with the optimizer."""
    steps = config.epochs * -(-batches // config.accumulate)
    return LambdaLR(optimizer, lambda step: warm_up_and_cosine(step, steps, config.warm_up))


def warm_up_and_cosine(step: int, steps: int, warm_up: float) -> float:
    """The share of the peak learning rate at a step: up linearly over a share of the steps, then a cosine to zero."""
    warm = max(1, round(warm_up * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
