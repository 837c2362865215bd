"""The one fit, on Lightning: schedule, clipping, early stopping, best weights, history, a finite loss, resume."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning.pytorch as L
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from lightning.pytorch.callbacks import Checkpoint as LightningCheckpoint
from lightning.pytorch.plugins.environments import LightningEnvironment
from torch import nn

from seqpipe.devices import repeatable
from seqpipe.training.callbacks import AtEpochEnd, Bar, KeepBest
from seqpipe.training.checkpoint import Checkpoint
from seqpipe.training.heap import kept_heap
from seqpipe.training.loop import STEPS_BETWEEN_LOOKS, Loop, Stretches
from seqpipe.training.plan import Epoch, Group, Outcome, Plan, Step

__all__ = ["SECONDS", "Epoch", "Group", "Outcome", "Plan", "Step", "fit"]

SECONDS = "seconds"

logger = logging.getLogger(__name__)
# Lightning's banners (devices found, advice on products) are not for the user.
logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
# Lightning sets it when it is imported; on a CPU, torch's optimizers then look for NVIDIA's library at every step.
os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)


def fit(
    net: nn.Module,
    step: Step,
    train: Epoch,
    val: Epoch | None,
    plan: Plan,
    *,
    device: torch.device,
    deterministic: bool,
    groups: Sequence[Group] | None = None,
    seed: int | None = None,
    checkpoint: Path | None = None,
    what: str | None = None,
) -> pd.DataFrame:
    """Trains ``net`` in place and leaves it on the CPU with the weights that the plan keeps (the last without val).

    The net is put into train mode once, by ``net.train()``, and each module back into its own mode after a
    validation: one whose ``train`` leaves frozen batch-norms in eval mode keeps their statistics.

    Args:
        step: gives the outcome of a batch; ``net.training`` tells training from validation.
        train, val: batches, iterated anew each epoch.
        groups: what is trained, each group at its share of the learning rate; None: all of the net at the full one.
            Parameters that need no gradient never reach the optimizer.
        seed: torch's generators are seeded by it and the epoch's number as each epoch begins, and are left as
            they were found; None: they are used as they are.
        checkpoint: a folder of this very training (its data, first weights, device: the caller's to tell apart).
            Its state is written there after every epoch; a training found there goes on, and ends with the same
            bits as one never interrupted. It stays there. Needs a seed.
        what: named on the progress bar; none is shown without it.

    Returns:
        the history: ``epoch`` (from 0), ``train_loss``, ``train_accuracy`` and, with val, ``val_loss`` and
        ``val_accuracy``. With a checkpoint, its ``attrs[SECONDS]`` is what all epochs took, in this process or before.

    Raises:
        UserError: the loss is not finite; the epoch is named.
    """
    if checkpoint is not None and seed is None:
        raise ValueError("A training with a checkpoint needs a seed: what it draws must not depend on interruptions.")
    if groups is None:
        groups = [Group(list(net.parameters()), 1.0)]
    loop = Loop(net, step, train, plan, groups, seed)
    deciding = _deciding(plan) if val is not None else []
    on_disk = None if checkpoint is None else Checkpoint(checkpoint, _identity(net, train, val, plan, groups, seed))
    if not _go_on(on_disk, loop, deciding, plan.epochs):
        callbacks = deciding + ([Bar(what, plan.epochs, len(loop.history))] if what else [])
        if on_disk is not None:
            callbacks.append(AtEpochEnd(lambda trainer: on_disk.write(_state(trainer, loop, deciding))))
        net.train()
        generators = torch.random.fork_rng([device] if device.type == "cuda" else [], enabled=seed is not None)
        with generators, repeatable(deterministic), kept_heap():
            trainer = _trainer(plan.epochs - len(loop.history), device, deterministic, callbacks)
            length = STEPS_BETWEEN_LOOKS * plan.accumulate
            trainer.fit(loop, Stretches(train, length), None if val is None else Stretches(val, length))
    for callback in deciding:
        if isinstance(callback, KeepBest):
            callback.restore(net)
    net.eval().cpu()
    history = pd.DataFrame(loop.history)
    if on_disk is not None:
        history.attrs[SECONDS] = loop.seconds
    return history


def _deciding(plan: Plan) -> list[Callback]:
    """What decides by the val loss, and so has a state: the weights kept, and when to stop."""
    callbacks: list[Callback] = [KeepBest()] if plan.keep == "best" else []
    if plan.patience is not None:
        callbacks.append(EarlyStopping("val_loss", patience=plan.patience))
    return callbacks


class OneProcess(LightningEnvironment):
    """One process on one device, whatever the variables of a cluster say: SLURM's, torchrun's, MPI's, LSF's."""

    creates_processes_externally = False

    def local_rank(self) -> int:
        return 0

    def node_rank(self) -> int:
        return 0


def _trainer(epochs: int, device: torch.device, deterministic: bool, callbacks: list[Callback]) -> Any:
    return L.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=[device.index or 0] if device.type == "cuda" else 1,
        max_epochs=epochs,
        deterministic=deterministic,
        callbacks=callbacks,
        plugins=[OneProcess()],
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=any(isinstance(callback, LightningCheckpoint) for callback in callbacks),
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _identity(
    net: nn.Module, train: Epoch, val: Epoch | None, plan: Plan, groups: Sequence[Group], seed: int | None
) -> dict[str, Any]:
    """What must be the same for a state to fit: shapes of the net, what is trained, the plan, the batches."""
    return {
        "plan": asdict(plan),
        "seed": seed,
        "batches": [len(train), None if val is None else len(val)],
        "net": {name: list(tensor.shape) for name, tensor in net.state_dict().items()},
        "groups": [[group.factor, [list(p.shape) for p in group.parameters if p.requires_grad]] for group in groups],
    }


def _state(trainer: L.Trainer, loop: Loop, deciding: list[Callback]) -> dict[str, Any]:
    return {
        "loop": loop.state(),
        "deciding": [callback.state_dict() for callback in deciding],
        "stopped": trainer.should_stop,
    }


def _go_on(on_disk: Checkpoint | None, loop: Loop, deciding: list[Callback], epochs: int) -> bool:
    """Takes up the state on disk, if there is one; answers whether that training had ended."""
    state = None if on_disk is None else on_disk.read()
    if state is None:
        return False
    loop.go_on(state["loop"])
    for callback, kept in zip(deciding, state["deciding"], strict=True):
        callback.load_state_dict(kept)
    done = len(loop.history)
    if state["stopped"] or done == epochs:
        logger.info("Training had ended after %d epochs: its weights are taken.", done)
        return True
    logger.info("Going on from epoch %d of %d.", done + 1, epochs)
    return False
