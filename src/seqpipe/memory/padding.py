"""Memory as behaviour: what becomes of the answers where the decisive frames lie further back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from seqpipe.config import EvaluationConfig
from seqpipe.core.progress import progress
from seqpipe.data.dataset import FeatureDataset
from seqpipe.memory.clips import seconds_a_step
from seqpipe.memory.opened import Opened
from seqpipe.metrics.intervals import mean_interval

STEPS_AT_ONCE = 2**18


def padded(x: Tensor, mask: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """x (N, T, C) and its mask (N, T), with m neutral steps before and after each clip: (N, T + 2 m, C).

    Neutral is zero, which the preprocessing makes of the mean frame of train. Both directions of a net must carry what
    they have read past m of them: the one past those behind the clip, the other past those before it.
    """
    n, steps, size = x.shape
    wide = x.new_zeros(n, steps + 2 * m, size)
    wide[:, m : m + steps] = x  # zero where there is no step
    lengths = mask.sum(1) + 2 * m
    return wide, torch.arange(steps + 2 * m)[None] < lengths[:, None]


def accuracy_padded(
    opened: Sequence[Opened],
    dataset: FeatureDataset,
    paddings: Sequence[int],
    evaluation: EvaluationConfig,
    seed: int,
) -> pd.DataFrame:
    """The accuracy on test of every model, as it answers, with every padding.

    Returns:
        columns cell, padding, seconds (of it on one side), accuracy, accuracy_low, accuracy_high, clips.
    """
    test, rows = dataset.part("test"), []
    step_s = seconds_a_step(dataset)
    with progress(len(opened) * len(test), "neutral steps", "clip") as bar:
        for one in opened:
            for m, right in _right(one, test, sorted(set(paddings)), bar).items():
                interval = mean_interval(right, test.groups, evaluation.bootstrap, evaluation.confidence, seed)
                rows.append((one.cell, m, m * step_s, right.mean(), *interval, len(test)))
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = ["cell", "padding", "seconds", "accuracy", "accuracy_low", "accuracy_high", "clips"]


def _right(one: Opened, test: FeatureDataset, paddings: Sequence[int], bar: tqdm) -> dict[int, np.ndarray]:
    """By padding, (N,) whether each clip of test is answered right; a few clips at a time where they are long."""
    size = max(1, STEPS_AT_ONCE // (test.mask.shape[1] + 2 * max(paddings)))
    parts: dict[int, list[np.ndarray]] = {m: [] for m in paddings}
    model = one.on_one_core()
    for start in range(0, len(test), size):
        some = test.take(np.arange(start, min(start + size, len(test))))
        tensors = model.tensors(some)
        for m, right in parts.items():
            right.append(model.task.answers(model.answered(*padded(*tensors, m))) == some.t)
        bar.update(len(some))
    return {m: np.concatenate(right).astype(float) for m, right in parts.items()}


def chance(dataset: FeatureDataset) -> float:
    """The accuracy on test of always answering its commonest class."""
    counts = np.bincount(dataset.part("test").t)
    return float(counts.max() / counts.sum())
