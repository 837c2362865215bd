"""Whatever decides a training: by these facts what was trained, or has begun to be, is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sklearn
import torch

from seqpipe.data.memmap import MemmapArray
from seqpipe.runtime.devices import resolve_device

if TYPE_CHECKING:
    from seqpipe.config import ModelConfig, RuntimeConfig
    from seqpipe.data.base import Dataset
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.tasks.base import Task

VERSION = 4
"""Raised when other models come of the same facts, or other files of a model: what was there before is left alone."""


def training_facts(
    kind: str,
    config: ModelConfig,
    dataset: Dataset,
    runtime: RuntimeConfig,
    task: Task,
    backbone: Backbone | None = None,
) -> dict[str, Any]:
    """What decides a model: its kind, parameters, dataset and task, what it begins from, and where it is computed."""
    x = getattr(dataset, "x", None)
    return {
        "kind": kind,
        "config": config.deciding(),
        "dataset": dataset.digest,
        "task": {"name": task.name, **task.facts()},
        "in_memory_bytes": x.in_memory_bytes if isinstance(x, MemmapArray) else None,
        "backbone": None if backbone is None else backbone.fingerprint,
        **circumstances(runtime),
    }


def circumstances(runtime: RuntimeConfig) -> dict[str, Any]:
    """Where and by what it is computed, not how it is judged."""
    return {
        "version": VERSION,
        "runtime": runtime.model_dump(),
        "device": str(resolve_device(runtime)),
        "torch": str(torch.__version__),
        "scikit-learn": sklearn.__version__,
    }
