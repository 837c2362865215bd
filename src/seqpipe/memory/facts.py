"""What the report must know of the models and the clips beside the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqpipe.data.dataset import FeatureDataset
from seqpipe.memory.clips import Clips, seconds_a_step
from seqpipe.memory.opened import Opened
from seqpipe.memory.padding import chance


def memory_facts(
    opened: Sequence[Opened], left_out: Sequence[str], dataset: FeatureDataset, clips: Clips
) -> dict[str, Any]:
    """As JSON holds it."""
    lengths, every = clips.lengths, dataset.mask.sum(axis=1)
    step_s = seconds_a_step(dataset)
    return {
        "corpus": dataset.lineage.get("corpus", {}).get("name", "D'"),
        "models": {one.cell: one.model.description for one in opened},
        "refitted": any(one.model.config.refit for one in opened),
        "seeds": ", ".join(str(seed) for seed in sorted({one.seed for one in opened})),
        "left_out": list(left_out),
        "split": clips.split,
        "clips": len(clips.data),
        "available": clips.available,
        "shortest": int(lengths.min()),
        "longest": int(lengths.max()),
        "of_one_step": int((lengths == 1).sum()),
        "median_steps": float(np.median(every)),
        "step_s": None if np.isnan(step_s) else step_s,
        "test": len(dataset.part("test")),
        "val": len(dataset.part("val")),
        "train": len(dataset.part("train")),
        "chance": chance(dataset),
    }
