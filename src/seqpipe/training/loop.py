"""The one training loop: an epoch is steps on the training batches, then an answer to every val batch.

Fabric gives what depends on where a net is trained: device, precision, the gradient's way back and its clipping.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from seqpipe.config import TrainingConfig
from seqpipe.core.errors import UserError
from seqpipe.training.optimizer import adamw, schedule_of
from seqpipe.training.step import BatchLoader, Judge, ParamGroup, Step, StepOutput
from seqpipe.training.stopping import ValSelection

# Between two looks at the loss within an epoch: each makes the host wait for the device.
BATCHES_BETWEEN_LOOKS = 50


class Training:
    """A net, its optimizer and its schedule between two epochs: all that an interruption must not lose.

    Attributes:
        history: A row for each epoch that is done.
        seconds: What these epochs took.
    """

    def __init__(
        self,
        fabric: Fabric,
        net: nn.Module,
        step: Step,
        config: TrainingConfig,
        groups: Sequence[ParamGroup],
        batches: int,
        judge: Judge | None = None,
    ) -> None:
        """``batches``: how many an epoch has; ``judge``: what is asked of val beside its loss; None: nothing."""
        self.history: list[dict[str, float]] = []
        self.seconds = 0.0
        self._fabric, self._step, self._config, self._judge = fabric, step, config, judge
        self._net, self._bare = fabric.setup_module(net), net
        optimizer = adamw(groups, config)
        self._optimizer: Any = fabric.setup_optimizers(optimizer)
        self._schedule = schedule_of(optimizer, config, batches)
        self._learned = [p for group in optimizer.param_groups for p in group["params"]]
        self._selection = ValSelection(keep_weights=config.keep == "best")

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, or none has been the best on val for as long as the configured patience."""
        patience = self._config.patience
        return len(self.history) == self._config.epochs or (patience is not None and self._selection.since >= patience)

    def run_epoch(self, train: BatchLoader, val: BatchLoader | None) -> None:
        """Trains and validates once.

        Raises:
            UserError: the loss is not finite.
        """
        started_s = time.perf_counter()
        trained = self._train(train)
        row = {"epoch": len(self.history), "train_loss": trained.loss, "train_accuracy": trained.accuracy}
        if val is not None:
            validated = self._validate(val, trained)
            row |= {"val_loss": validated.loss, "val_accuracy": validated.accuracy}
            row |= self._select(validated.loss)
        self.history.append(row)
        self.seconds += time.perf_counter() - started_s

    def _select(self, val_loss: float) -> dict[str, float]:
        """Takes note of what the epoch is worth, and tells what was asked beside the loss."""
        if self._judge is None:
            self._selection.see(val_loss, self._net)
            return {}
        with torch.inference_mode():
            score = self._judge.score(self._bare)
        self._selection.see(score if self._judge.better == "lower" else -score, self._net)
        return {f"val_{self._judge.name}": score}

    def restore_best(self) -> None:
        """Puts the weights of the best epoch back, where they are kept."""
        self._selection.restore(self._net)

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""
        return {
            "net": self._net.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "selection": self._selection.state_dict(),
            "history": self.history,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._selection.load_state_dict(state["selection"])
        self.history, self.seconds = list(state["history"]), state["seconds"]

    def _train(self, batches: BatchLoader) -> Mean:
        self._net.train()
        mean, samples = Mean(), 0
        for count, batch in enumerate(batches, start=1):
            moving = count % self._config.accumulate == 0 or count == len(batches)
            with self._fabric.no_backward_sync(self._net, enabled=not moving):
                step_output = self._step_output(batch)
                self._backward(step_output)
            mean.add(step_output)
            samples += step_output.count
            if moving:
                self._move(samples)
                samples = 0
            if count % BATCHES_BETWEEN_LOOKS == 0:
                self._check_finite(mean)
        self._check_finite(mean)
        return mean

    def _step_output(self, batch: Any) -> StepOutput:
        return self._step(self._net, self._fabric.to_device(batch))

    def _backward(self, step_output: StepOutput) -> None:
        """Adds to the gradient: of the mean loss where a step is one batch, else of the sum over its samples."""
        self._fabric.backward(
            step_output.loss if self._config.accumulate == 1 else step_output.loss * step_output.count
        )

    def _move(self, samples: int) -> None:
        """One step by the mean gradient of so many samples."""
        if self._config.accumulate > 1:
            for gradient in (p.grad for p in self._learned if p.grad is not None):
                gradient.mul_(1 / samples)
        if self._config.clip_norm is not None:
            # The loss tells what is not finite, with what to do about it.
            self._fabric.clip_gradients(
                self._net, self._optimizer, max_norm=self._config.clip_norm, error_if_nonfinite=False
            )
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()

    def _validate(self, batches: BatchLoader, trained: Mean) -> Mean:
        self._net.eval()
        mean = Mean()
        with torch.inference_mode():
            for batch in batches:
                mean.add(self._step_output(batch))
        self._check_finite(trained, mean)
        return mean

    def _check_finite(self, train: Mean, val: Mean | None = None) -> None:
        if not math.isfinite(train.loss) or (val is not None and not math.isfinite(val.loss)):
            raise UserError(
                f"The loss is not finite in epoch {len(self.history)} (train {train.loss}, val "
                f"{'none' if val is None else val.loss}): training stopped. Try a lower training.learning_rate "
                f"(now {self._config.learning_rate:g}), a lower training.clip_norm (now {self._config.clip_norm}), or "
                "standardize: true."
            )


class Mean:
    """Mean loss and accuracy over samples, read once an epoch: no step waits for the device."""

    def __init__(self) -> None:
        self._loss: Tensor | float = 0.0
        self._correct: Tensor | float = 0.0
        self._count = 0

    def add(self, step_output: StepOutput) -> None:
        self._loss = self._loss + step_output.loss.detach().float() * step_output.count
        self._correct = self._correct + step_output.correct.detach()
        self._count += step_output.count

    @property
    def loss(self) -> float:
        return float(self._loss) / max(self._count, 1)

    @property
    def accuracy(self) -> float:
        return float(self._correct) / max(self._count, 1)
