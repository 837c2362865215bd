"""The one fit loop, on Lightning: schedule, clipping, early stopping, best weights, history, a finite loss."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import lightning.pytorch as L
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from torch import Tensor, nn

from seqpipe.errors import UserError
from seqpipe.progress import progress

logger = logging.getLogger(__name__)
# Lightning's banners (devices found, advice on products) are not for the user.
logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
logging.getLogger("lightning.fabric").setLevel(logging.WARNING)

WARM_UP = 0.1


@dataclass(frozen=True)
class Plan:
    """How long and how fast.

    ``learning_rate`` is reached after a tenth of the steps, linearly, and falls to zero along a cosine.
    ``weight_decay`` is AdamW's, on matrices alone. ``clip_norm`` bounds the norm of the gradient (Pascanu et
    al., On the difficulty of training recurrent neural networks, ICML 2013); ``patience`` epochs without a lower
    val loss end the training, None never. ``keep``: the weights of the best val loss, or the last.
    """

    epochs: int
    learning_rate: float
    weight_decay: float
    clip_norm: float | None
    patience: int | None
    keep: Literal["best", "last"]


@dataclass(frozen=True)
class Outcome:
    """What a batch gave: its mean loss, and how many of its samples were classified right."""

    loss: Tensor
    correct: Tensor
    count: int


class Epoch(Protocol):
    """The batches of an epoch; each iteration is another epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


Step = Callable[[nn.Module, Any], Outcome]


def fit(
    net: nn.Module,
    step: Step,
    train: Epoch,
    val: Epoch | None,
    plan: Plan,
    *,
    device: torch.device,
    deterministic: bool,
    what: str | None = None,
) -> pd.DataFrame:
    """Trains ``net`` in place and leaves it on the CPU with the weights that the plan keeps (the last without val).

    Args:
        step: gives the outcome of a batch; ``net.training`` tells training from validation.
        train, val: batches, iterated anew each epoch.
        what: named on the progress bar; none is shown without it.

    Returns:
        the history: ``epoch`` (from 0), ``train_loss``, ``train_accuracy`` and, with val, ``val_loss`` and
        ``val_accuracy``.

    Raises:
        UserError: the loss is not finite; the epoch is named.
    """
    loop = _Loop(net, step, plan, has_val=val is not None)
    best = _KeepBest()
    callbacks: list[Callback] = [best] if val is not None and plan.keep == "best" else []
    if val is not None and plan.patience is not None:
        callbacks.append(EarlyStopping("val_loss", patience=plan.patience))
    if what:
        callbacks.append(_Bar(what, plan.epochs))
    trainer = L.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=[device.index or 0] if device.type == "cuda" else 1,
        max_epochs=plan.epochs,
        gradient_clip_val=plan.clip_norm,
        deterministic=deterministic,
        callbacks=callbacks,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(loop, _Batches(train), None if val is None else _Batches(val))
    best.restore(net)
    net.eval().cpu()
    return pd.DataFrame(loop.history)


class _Batches:
    """Batches as Lightning takes them: it would read a plain list as several loaders."""

    def __init__(self, batches: Epoch) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._batches)


class _Loop(L.LightningModule):
    """Lightning's view of a net, a step and a plan."""

    def __init__(self, net: nn.Module, step: Step, plan: Plan, has_val: bool) -> None:
        super().__init__()
        self.net, self._step, self._plan, self._has_val = net, step, plan, has_val
        self.history: list[dict[str, float]] = []
        self._train = _Mean()
        self._val = _Mean()

    def configure_optimizers(self) -> Any:
        weights = [p for p in self.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in weights if p.ndim > 1], "weight_decay": self._plan.weight_decay},
            {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self._plan.learning_rate, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_up_and_cosine(step, steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        self._train, self._val = _Mean(), _Mean()

    def training_step(self, batch: Any, index: int) -> Tensor:
        outcome = self._step(self.net, batch)
        self._train.add(outcome)
        return outcome.loss

    def validation_step(self, batch: Any, index: int) -> None:
        self._val.add(self._step(self.net, batch))

    def on_validation_epoch_end(self) -> None:
        self.log("val_loss", self._val.loss)

    def on_train_epoch_end(self) -> None:
        row = {
            "epoch": self.current_epoch,
            "train_loss": self._train.loss,
            "train_accuracy": self._train.accuracy,
        }
        if self._has_val:
            row |= {"val_loss": self._val.loss, "val_accuracy": self._val.accuracy}
        self._check_finite(row)
        self.history.append(row)

    def _check_finite(self, row: dict[str, float]) -> None:
        if not all(math.isfinite(value) for value in row.values()):
            raise UserError(
                f"The loss is not finite in epoch {self.current_epoch} (train {row['train_loss']}, val "
                f"{row.get('val_loss', 'none')}): training stopped. Try a lower learning_rate (now "
                f"{self._plan.learning_rate:g}), a lower clip_norm (now {self._plan.clip_norm}), or standardize: true."
            )


def warm_up_and_cosine(step: int, steps: int) -> float:
    """The share of the peak learning rate at a step: up linearly over a tenth of the steps, then a cosine to zero."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


class _Mean:
    """Mean loss and accuracy over the samples of an epoch; sums stay on the device until they are read."""

    def __init__(self) -> None:
        self._loss: Tensor | float = 0.0
        self._correct: Tensor | float = 0.0
        self._count = 0

    def add(self, outcome: Outcome) -> None:
        self._loss = self._loss + outcome.loss.detach() * outcome.count
        self._correct = self._correct + outcome.correct.detach()
        self._count += outcome.count

    @property
    def loss(self) -> float:
        return float(self._loss) / max(self._count, 1)

    @property
    def accuracy(self) -> float:
        return float(self._correct) / max(self._count, 1)


class _KeepBest(Callback):
    """Keeps a copy of the weights at the lowest val loss."""

    def __init__(self) -> None:
        self._lowest = math.inf
        self._weights: dict[str, Tensor] | None = None

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        loss = float(trainer.callback_metrics["val_loss"])
        if loss < self._lowest:
            self._lowest = loss
            net: Any = pl_module.net
            self._weights = copy.deepcopy(net.state_dict())

    def restore(self, net: nn.Module) -> None:
        """Puts the best weights back."""
        if self._weights is not None:
            net.load_state_dict(self._weights)


class _Bar(Callback):
    """A progress bar over the epochs."""

    def __init__(self, what: str, epochs: int) -> None:
        self._bar = progress(epochs, what, "epoch")

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        history: Any = pl_module.history
        if history:
            self._bar.set_postfix({k: f"{v:.3f}" for k, v in history[-1].items() if k != "epoch"}, refresh=False)
        self._bar.update()

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._bar.close()
