"""What every classifier C' on D' is: one protocol, one way to make a vector or a sequence of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from seqpipe.data.memmap import Features, slices_of

if TYPE_CHECKING:
    from pathlib import Path

    from seqpipe.config import RuntimeConfig
    from seqpipe.data.dataset import DPrime
    from seqpipe.tasks.base import Task


class Classifier(Protocol):
    """C': fitted on D', it gives class probabilities.

    ``history`` is a table by epoch (column ``epoch`` first), empty where training has no epochs.
    ``device`` says where it was fitted, ``threads`` on how many it answers: as many as it was fitted with, also once
    it is read from disk, for the last bits of a sum depend on how it is shared out.
    """

    kind: str
    config: Any
    class_names: tuple[str, ...]
    history: pd.DataFrame
    device: str
    threads: int
    task: Task

    def __init__(self, config: Any, runtime: RuntimeConfig, task: Task) -> None: ...

    @property
    def reads_order(self) -> bool:
        """Whether another order of the same frames can change the answer."""

    @property
    def description(self) -> str:
        """What it is, in a phrase for the report."""

    @property
    def parameters(self) -> int:
        """How many numbers training has chosen, once it is fitted."""

    def fit(self, train: DPrime, val: DPrime) -> None:
        """Fits on ``train``; ``val`` stops, calibrates and selects, and is never fitted on."""

    def refit(self, both: DPrime) -> None:
        """Fits again on train and val together; what was learned from either alone stays: scaling, PCA, calibration."""

    def predict_proba(self, x: Features, mask: np.ndarray) -> np.ndarray:
        """Class probabilities float64 from x (N, T, D) and mask (N, T), true where a frame is real.

        (N, K), or (N, T, K) where the task asks for a class a step: not a number where there is no step.
        """

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes what it learned into ``folder`` and returns what else JSON must keep."""

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        """Takes back what ``write`` wrote."""


def pool_time(x: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """Vectors from x (N, T, D), one a clip: the ``mean`` of its real frames (N, D), or all in a row (N, T*D).

    In a row (``concat``), the frames a short clip lacks are zeros. With ``frames`` each real frame is a vector (n, D).
    """
    if pooling == "frames":
        return x[mask]
    real = mask[..., None]
    if pooling == "mean":
        return (x * real).sum(axis=1) / real.sum(axis=1)
    return (x * real).reshape(len(x), -1)


def predict_backwards(model: Classifier, x: Features, mask: np.ndarray) -> np.ndarray:
    """What it answers to the same clips played backwards."""
    parts = [model.predict_proba(backwards(x[clips], mask[clips]), mask[clips]) for clips in slices_of(x)]
    return np.concatenate(parts)


def backwards(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Each clip x (N, T, D) with its real frames (mask (N, T), real ones first) in the opposite order."""
    length = mask.sum(axis=1, keepdims=True)
    frame = np.arange(x.shape[1])[None]
    source = np.where(frame < length, length - 1 - frame, frame)
    return np.take_along_axis(x, source[..., None], axis=1)
