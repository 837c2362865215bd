"""The feature dataset of a task: features with the task's targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.data.dataset import FeatureDataset, build_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.targets.base import Targets
from seqpipe.tasks.base import Task


def build_task_dataset(
    of: type[Task],
    config: Any,
    samples: pd.DataFrame,
    index: pd.DataFrame,
    store: Path,
    memmap_policy: MemmapPolicy | None,
    annotations: pd.DataFrame | None,
    tokens: tuple[str, ...] = (),
    longest: int | None = None,
) -> FeatureDataset:
    """As ``build_dataset``, with the targets of a task, and with samples of val.

    Args:
        of, config: The task's class, and the parameters under its name (None where it has none).
        samples, index, store, memmap_policy, tokens: As ``build_dataset`` takes them.
        annotations: The canonical table, of these samples at least; None where the task reads labels alone.
        longest: How many tokens of a sample were read at most; None: all.
    """

    def targets(samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray) -> Targets:
        return of.targets(samples, times_s, mask, annotations)

    return of.completed(build_dataset(samples, index, store, memmap_policy, targets, tokens), config, longest)
