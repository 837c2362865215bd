"""The one fit: schedule, clipping, early stopping, best weights, history, a finite loss, resume to the bit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import torch
from torch import nn

from seqpipe.config import TrainingConfig
from seqpipe.core.progress import progress
from seqpipe.runtime.devices import repeatable
from seqpipe.runtime.heap import tuned_malloc
from seqpipe.runtime.seeds import epoch_seed
from seqpipe.training.checkpoint import Checkpoint
from seqpipe.training.fabric import one_device
from seqpipe.training.loop import Training
from seqpipe.training.step import SECONDS, BatchLoader, Judge, ParamGroup, Step, StepOutput

__all__ = ["SECONDS", "BatchLoader", "Judge", "ParamGroup", "Step", "StepOutput", "fit"]

# Raised where the state of a training changes its form: one that was kept in another is not taken.
STATE_VERSION = 2

logger = logging.getLogger(__name__)


def fit(
    net: nn.Module,
    step: Step,
    train: BatchLoader,
    val: BatchLoader | None,
    config: TrainingConfig,
    *,
    device: torch.device,
    deterministic: bool,
    precision: Literal["float32", "bfloat16"] = "float32",
    groups: Sequence[ParamGroup] | None = None,
    seed: int | None = None,
    checkpoint: Path | None = None,
    what: str | None = None,
    judge: Judge | None = None,
) -> pd.DataFrame:
    """Trains ``net`` in place and leaves it on the CPU with the weights that ``config`` keeps (the last without val).

    ``net.train()`` comes before the batches of an epoch and ``net.eval()`` before validation: a net whose ``train``
    leaves frozen batch-norms in eval mode keeps their statistics.

    Args:
        step: gives the step output of a batch by calling the net; ``net.training`` tells training from validation.
        train, val: batches, iterated anew each epoch; a val without any is none.
        precision: what the net computes in; weights, gradients and the optimizer's state are float32 either way.
        groups: what is trained, each group at its share of the learning rate; None: all of the net at the full one.
            Parameters that need no gradient never reach the optimizer.
        seed: torch's generators are seeded by it and the epoch's number as each epoch begins, and are left as
            they were found; None: they are used as they are.
        checkpoint: a folder of this very training (its data, first weights, device: the caller's to tell apart).
            Its state is written there after every epoch; a training found there goes on, and ends with the same
            bits as one never interrupted. It stays there. Needs a seed.
        what: named on the progress bar; none is shown without it.
        judge: what the best epoch and the patience go by where val is there; None: the val loss.

    Returns:
        the history: ``epoch`` (from 0), ``train_loss``, ``train_accuracy`` and, with val, ``val_loss`` and
        ``val_accuracy``, and with a judge its score. With a checkpoint, its ``attrs[SECONDS]`` is what all epochs took,
        in this process or before.

    Raises:
        UserError: the loss is not finite; the epoch is named.
    """
    if checkpoint is not None and seed is None:
        raise ValueError("A training with a checkpoint needs a seed: what it draws must not depend on interruptions.")
    if groups is None:
        groups = [ParamGroup(list(net.parameters()), 1.0)]
    val = val if val is not None and len(val) else None
    decided = {"training": {**config.model_dump(), "precision": precision}, "seed": seed}
    on_disk = None if checkpoint is None else Checkpoint(checkpoint, decided | _shapes(net, train, val, groups))
    generators = torch.random.fork_rng([device] if device.type == "cuda" else [], enabled=seed is not None)
    with generators, repeatable(deterministic), tuned_malloc():
        training = Training(one_device(device, precision), net, step, config, groups, len(train), judge)
        if on_disk is not None:
            _go_on(training, on_disk, config.epochs)
        _run(training, train, val, config.epochs, seed, on_disk, what)
    training.restore_best()
    net.eval().cpu()
    history = pd.DataFrame(training.history)
    if on_disk is not None:
        history.attrs[SECONDS] = training.seconds
    return history


def _run(
    training: Training,
    train: BatchLoader,
    val: BatchLoader | None,
    epochs: int,
    seed: int | None,
    on_disk: Checkpoint | None,
    what: str | None,
) -> None:
    """The epochs that are left, each kept on disk and shown on a bar."""
    with progress(epochs, what, "epoch", initial=len(training.history)) if what else nullcontext() as bar:
        while not training.ended:
            _begin_epoch(len(training.history), train, seed)
            training.run_epoch(train, val)
            if on_disk is not None:
                on_disk.write(training.state_dict())
            if bar is not None:
                bar.set_postfix(_shown(training.history[-1]), refresh=False)
                bar.update()


def _begin_epoch(epoch: int, train: BatchLoader, seed: int | None) -> None:
    if seed is not None:
        torch.manual_seed(epoch_seed(seed, epoch))
    if hasattr(train, "set_epoch"):
        train.set_epoch(epoch)


def _shown(row: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:.3f}" for name, value in row.items() if name != "epoch"}


def _shapes(
    net: nn.Module, train: BatchLoader, val: BatchLoader | None, groups: Sequence[ParamGroup]
) -> dict[str, Any]:
    """What else must be the same for a state to fit: its form, shapes of the net, what is trained, the batches."""
    return {
        "version": STATE_VERSION,
        "batches": [len(train), None if val is None else len(val)],
        "net": {name: list(tensor.shape) for name, tensor in net.state_dict().items()},
        "groups": [[group.factor, [list(p.shape) for p in group.parameters if p.requires_grad]] for group in groups],
    }


def _go_on(training: Training, on_disk: Checkpoint, epochs: int) -> None:
    """Takes up the state on disk, if there is one."""
    state = on_disk.read()
    if state is None:
        return
    training.load_state_dict(state)
    done = len(training.history)
    if training.ended:
        logger.info("Training had ended after %d epochs: its weights are taken.", done)
    else:
        logger.info("Going on from epoch %d of %d.", done + 1, epochs)
