"""Answers to a part of the samples at a time, where those to all of them would not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from seqpipe.data.dataset import FeatureDataset
from seqpipe.tasks.base import InParts

if TYPE_CHECKING:
    from seqpipe.data.base import Dataset
    from seqpipe.models.base import Model

LARGEST_BYTES = 2**27
"""Probabilities that are made at once, at most: whoever judges them takes a few times as much."""


def samples_at_once(steps: int, classes: int) -> int:
    """How many samples of so many steps are answered at once; at least one."""
    return max(1, LARGEST_BYTES // (8 * max(1, steps * classes)))


def parts_of(data: Dataset, model: Model) -> Iterator[Dataset]:
    """The samples in their order, so many at a time as are answered at once; all in one where the task asks for all."""
    if not isinstance(model.task, InParts) or not isinstance(data, FeatureDataset) or not len(data):
        yield data
        return
    rows = np.arange(len(data))
    size = samples_at_once(data.mask.shape[1], len(model.class_names))
    yield from (data.take(rows[start : start + size]) for start in range(0, len(rows), size))


def scores_on(val: Dataset, model: Model) -> dict[str, float]:
    """The task's `val_scores` of what the model answers to val."""
    task = model.task
    if not isinstance(task, InParts):
        return task.val_scores(val.targets, model.predict_proba(val))
    parts = [(task.val_scores(part.targets, model.predict_proba(part)), part.targets) for part in parts_of(val, model)]
    return task.combined([scores for scores, _ in parts], [targets for _, targets in parts])
