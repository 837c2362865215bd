"""What is done beside the steps of a training: the best weights, the state on disk, a progress bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import lightning.pytorch as L
from lightning.pytorch.callbacks import Callback, Checkpoint
from torch import Tensor, nn

from seqpipe.progress import progress


class KeepBest(Callback):
    """Keeps a copy of the weights at the lowest val loss, off the device."""

    def __init__(self) -> None:
        self._lowest = math.inf
        self._weights: dict[str, Tensor] | None = None

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        loss = float(trainer.callback_metrics["val_loss"])
        if loss < self._lowest:
            self._lowest = loss
            net: Any = pl_module.net
            self._weights = {name: tensor.to("cpu", copy=True) for name, tensor in net.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        return {"lowest": self._lowest, "weights": self._weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._lowest, self._weights = state_dict["lowest"], state_dict["weights"]

    def restore(self, net: nn.Module) -> None:
        """Puts the best weights back."""
        if self._weights is not None:
            net.load_state_dict(self._weights)


class AtEpochEnd(Checkpoint):
    """Calls ``save`` with the trainer at the end of every epoch.

    It is one of Lightning's checkpoints because those come last: after the loop has written its history and early
    stopping has decided.
    """

    def __init__(self, save: Callable[[L.Trainer], None]) -> None:
        self._save = save

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._save(trainer)


class Bar(Checkpoint):
    """A progress bar over the epochs, of which some may be done; it comes last as `AtEpochEnd` does."""

    def __init__(self, what: str, epochs: int, done: int) -> None:
        self._bar = progress(epochs, what, "epoch", initial=done)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        history: Any = pl_module.history
        if history:
            self._bar.set_postfix({k: f"{v:.3f}" for k, v in history[-1].items() if k != "epoch"}, refresh=False)
        self._bar.update()

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._bar.close()

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        self._bar.close()
