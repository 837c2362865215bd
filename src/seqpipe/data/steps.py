"""D' of labels by step: annotated samples, a class a step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.data.dataset import DPrime, build_dprime
from seqpipe.data.gather import Spill
from seqpipe.data.val_from_ends import with_val_from_ends
from seqpipe.targets.base import Targets
from seqpipe.targets.frames import frame_targets


def build_steps_dprime(
    samples: pd.DataFrame,
    index: pd.DataFrame,
    store: Path,
    spill: Spill | None,
    annotations: pd.DataFrame,
    val_share: float,
) -> DPrime:
    """As ``build_dprime``, with a class a step; where no sample is val, the ends of those of train are.

    Args:
        samples, index, store, spill: As ``build_dprime`` takes them.
        annotations: The canonical table, of these samples at least; the classes are those that occur in it.
        val_share: Of each training sample's steps, where they have to make val; greater than 0, less than 1.
    """

    def targets(table: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray) -> Targets:
        return frame_targets(table["id"].to_numpy(), times_s, mask, annotations)

    made = build_dprime(samples, index, store, spill, targets)
    return made if (made.splits == "val").any() else with_val_from_ends(made, val_share)
