"""What every model is: one protocol; and for classifiers C' on D', one way to make a vector of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from seqpipe.config import RuntimeConfig
    from seqpipe.data.base import Dataset
    from seqpipe.tasks.base import Task


class Model(Protocol):
    """Fitted on a dataset, it gives class probabilities: C' on D', or a CNN on frames.

    Which of them it reads, the registry says: `FeatureDataset` or `FrameDataset`; all that it is given is of that type.

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

    def fit(self, train: Any, val: Any, checkpoint: Path | None = None) -> None:
        """Fits on ``train``; ``val`` stops, calibrates and selects, and is never fitted on.

        ``checkpoint`` is a folder of this very training, which goes on from there after a kill; None: it is not kept
        between epochs. A model that is fitted in one go has no use for it.
        """

    def refit(self, both: Any) -> None:
        """Fits again on train and val together; what was learned from either alone stays: scaling, PCA, calibration."""

    def predict_proba(self, data: Any) -> np.ndarray:
        """Class probabilities float64 of the samples of a dataset, whose targets are not read.

        (N, K), or (N, T, K) where the task asks for a class a step: not a number where there is no step. Where it asks
        for sentences, (N,) of `seqpipe.tasks.sentences.Said`: those that are found, with log p of each.
        """

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes what it learned into ``folder`` and returns what else JSON must keep."""

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        """Takes back what ``write`` wrote."""


@runtime_checkable
class Likelihood(Protocol):
    """What a model of sentences has beside, where it knows how likely one is."""

    def log_likelihood(self, data: Any) -> np.ndarray:
        """(N, 2) of each sample: log p of all its references, and how many tokens they have, their ends among them."""


def pool_time(x: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """Vectors from x (N, T, D), one a clip: the ``mean`` of its real frames (N, D), or all in a row (N, T*D).

    With ``mean_std`` their deviations stand behind the mean (N, 2 D); with ``pyramid`` those of each third of a clip
    behind those of the whole (N, 8 D), as in the pyramids of Laptev et al. (CVPR 2008). In a row (``concat``), the
    frames a short clip lacks are zeros. With ``frames`` each real frame is a vector (n, D).
    """
    if pooling == "frames":
        return x[mask]
    real = mask[..., None]
    if pooling == "concat":
        return (x * real).reshape(len(x), -1)
    if pooling == "pyramid":
        return np.concatenate([_mean_and_deviation(x, part[..., None]) for part in (mask, *_thirds(mask))], axis=1)
    return _mean(x, real) if pooling == "mean" else _mean_and_deviation(x, real)


def _thirds(mask: np.ndarray) -> list[np.ndarray]:
    """The steps of each third of the clips, (N, T) bool each; all of them where a third has none."""
    third = 3 * (mask.cumsum(axis=1) - 1) // mask.sum(axis=1, keepdims=True)
    parts = [mask & (third == number) for number in range(3)]
    return [np.where(part.any(axis=1, keepdims=True), part, mask) for part in parts]


def _mean_and_deviation(x: np.ndarray, real: np.ndarray) -> np.ndarray:
    mean = _mean(x, real)
    return np.concatenate([mean, _deviation(x, real, mean)], axis=1)


def _mean(x: np.ndarray, real: np.ndarray) -> np.ndarray:
    mean: np.ndarray = (x * real).sum(axis=1) / real.sum(axis=1)
    return mean


def _deviation(x: np.ndarray, real: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(N, D) the standard deviation of x (N, T, D) over its real frames."""
    squares: np.ndarray = ((x - mean[:, None]) ** 2 * real).sum(axis=1) / real.sum(axis=1)
    return np.sqrt(squares)


def predict_backwards(model: Model, data: Dataset) -> np.ndarray:
    """What a model answers to the same clips played backwards."""
    return np.concatenate([model.predict_proba(part) for part in data.backwards()])
