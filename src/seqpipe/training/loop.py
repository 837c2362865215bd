"""Lightning's view of a training: optimizer, schedule, a step, the means of an epoch, a finite loss."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

import lightning.pytorch as L
import torch
from lightning.fabric.utilities import move_data_to_device
from torch import Tensor, nn

from seqpipe.errors import UserError
from seqpipe.training.plan import Epoch, Group, Outcome, Plan, Step
from seqpipe.training.seeds import epoch_seed

# Between two looks at the loss within an epoch: each makes the host wait for the device.
STEPS_BETWEEN_LOOKS = 50


class Loop(L.LightningModule):
    """The steps of a net by a plan, from the epoch after the last one in ``history``; all epochs took ``seconds``."""

    def __init__(
        self, net: nn.Module, step: Step, train: Epoch, plan: Plan, groups: Sequence[Group], seed: int | None
    ) -> None:
        super().__init__()
        self.net, self._step, self._batches, self._plan, self._groups, self._seed = net, step, train, plan, groups, seed
        self.history: list[dict[str, float]] = []
        self.seconds = 0.0
        self._done = 0
        self._optimizer_state: dict[str, Any] | None = None
        self._schedule_state: dict[str, Any] = {}
        self._train, self._val = _Mean(), _Mean()
        # A step of a small net takes a fraction of what Lightning spends around one: it hands over stretches of them.
        self.automatic_optimization = False

    @property
    def epoch(self) -> int:
        """The epoch at work, from 0; Lightning's own number counts from where this process began."""
        return self._done + int(self.current_epoch)

    def state(self) -> dict[str, Any]:
        """What ``go_on`` needs: tensors and plain values."""
        return {
            "net": self.net.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "history": self.history,
            "seconds": self.seconds,
        }

    def go_on(self, state: dict[str, Any]) -> None:
        """Takes up where ``state`` was written."""
        self.net.load_state_dict(state["net"])
        self.history, self._done = list(state["history"]), len(state["history"])
        self.seconds = state["seconds"]
        self._optimizer_state, self._schedule_state = state["optimizer"], state["schedule"]

    def configure_optimizers(self) -> Any:
        plan = self._plan
        optimizer = torch.optim.AdamW(_split(self._groups, plan), lr=plan.learning_rate, fused=True)
        steps = plan.epochs * -(-len(self._batches) // plan.accumulate)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: warm_up_and_cosine(step, steps, plan.warm_up)
        )
        if self._optimizer_state is not None:
            optimizer.load_state_dict(self._optimizer_state)
            schedule.load_state_dict(self._schedule_state)
        self._optimizer, self._schedule = optimizer, schedule
        self._learned = [p for group in optimizer.param_groups for p in group["params"]]
        return optimizer

    def on_train_epoch_start(self) -> None:
        self._train, self._val, self._started_s = _Mean(), _Mean(), time.perf_counter()
        if self._seed is not None:
            torch.manual_seed(epoch_seed(self._seed, self.epoch))
        if hasattr(self._batches, "set_epoch"):
            self._batches.set_epoch(self.epoch)

    def training_step(self, stretch: Iterator[Any], index: int) -> None:
        for first in stretch:
            self._take_a_step(chain([first], islice(stretch, self._plan.accumulate - 1)))
        self._check_finite()

    def _take_a_step(self, batches: Iterator[Any]) -> None:
        """One step by the mean loss of all samples of some batches."""
        alone, samples = self._plan.accumulate == 1, 0
        self._optimizer.zero_grad()
        for batch in batches:
            outcome = self._outcome(batch)
            self._train.add(outcome)
            samples += outcome.count
            (outcome.loss if alone else outcome.loss * outcome.count).backward()
        if not alone:
            torch._foreach_mul_([p.grad for p in self._learned if p.grad is not None], 1 / samples)
        if self._plan.clip_norm is not None:
            nn.utils.clip_grad_norm_(self._learned, self._plan.clip_norm)
        self._optimizer.step()
        self._schedule.step()

    def _outcome(self, batch: Any) -> Outcome:
        batch = move_data_to_device(batch, self.device)
        if self._plan.precision == "float32":
            return self._step(self.net, batch)
        with torch.autocast(self.device.type, torch.bfloat16):
            return self._step(self.net, batch)

    def on_validation_epoch_start(self) -> None:
        self._check_finite()

    def validation_step(self, stretch: Iterator[Any], index: int) -> None:
        for batch in stretch:
            self._val.add(self._outcome(batch))

    def on_validation_epoch_end(self) -> None:
        self.log("val_loss", self._val.loss)

    def on_train_epoch_end(self) -> None:
        self._check_finite()
        row = {"epoch": self.epoch, "train_loss": self._train.loss, "train_accuracy": self._train.accuracy}
        if self._val.count:
            row |= {"val_loss": self._val.loss, "val_accuracy": self._val.accuracy}
        self.history.append(row)
        self.seconds += time.perf_counter() - self._started_s

    def _check_finite(self) -> None:
        train, val = self._train.loss, self._val.loss
        if not (math.isfinite(train) and math.isfinite(val)):
            raise UserError(
                f"The loss is not finite in epoch {self.epoch} (train {train}, val "
                f"{val if self._val.count else 'none'}): training stopped. Try a lower learning_rate (now "
                f"{self._plan.learning_rate:g}), a lower clip_norm (now {self._plan.clip_norm}), or standardize: true."
            )


class Stretches:
    """An epoch as Lightning takes it: as iterators over ``length`` batches each, the last perhaps of fewer.

    Iteration begins with the first batch asked for: Lightning asks for the iterator of its first epoch before that
    epoch starts.
    """

    def __init__(self, batches: Epoch, length: int) -> None:
        self._batches, self._length = batches, length

    def __len__(self) -> int:
        return -(-len(self._batches) // self._length)

    def __iter__(self) -> Iterator[Iterator[Any]]:
        batches = iter(self._batches)
        for first in batches:
            yield chain([first], islice(batches, self._length - 1))


def warm_up_and_cosine(step: int, steps: int, warm_up: float) -> float:
    """The share of the peak learning rate at a step: up linearly over a share of the steps, then a cosine to zero."""
    warm = max(1, round(warm_up * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _split(groups: Sequence[Group], plan: Plan) -> list[dict[str, Any]]:
    """The optimizer's groups: of each group that learns, the matrices, which decay, and the rest.

    Where nothing decays they are one: a step of a small net is short, and each group costs it a call.
    """
    split = []
    for group in groups:
        learned = [p for p in group.parameters if p.requires_grad]
        decaying = [p for p in learned if p.ndim > 1 and plan.weight_decay > 0]
        rest = [p for p in learned if p.ndim <= 1 or plan.weight_decay == 0]
        for decay, chosen in ((plan.weight_decay, decaying), (0.0, rest)):
            if chosen:
                split.append({"params": chosen, "weight_decay": decay, "lr": plan.learning_rate * group.factor})
    return split


class _Mean:
    """Mean loss and accuracy over the samples of an epoch; sums stay on the device until they are read."""

    def __init__(self) -> None:
        self._loss: Tensor | float = 0.0
        self._correct: Tensor | float = 0.0
        self.count = 0

    def add(self, outcome: Outcome) -> None:
        self._loss = self._loss + outcome.loss.detach().float() * outcome.count
        self._correct = self._correct + outcome.correct.detach()
        self.count += outcome.count

    @property
    def loss(self) -> float:
        return float(self._loss) / max(self.count, 1)

    @property
    def accuracy(self) -> float:
        return float(self._correct) / max(self.count, 1)
