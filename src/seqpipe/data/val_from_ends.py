"""Val where no group can be spared for it: the ends of the training videos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqpipe.data.dataset import FeatureDataset
from seqpipe.targets.frames import FrameTargets

END = " (its end)"


def with_val_from_ends(dataset: FeatureDataset, share: float) -> FeatureDataset:
    """D' of labels by step, whose training samples give up their last steps to samples of val.

    It says less than a val of other groups would, but the steps learned from and those chosen by are others.

    Args:
        dataset: Without samples of val; its x is read into memory.
        share: Of each training sample's steps; each side keeps one at least, and a sample of one step stays whole.
    """
    lengths = dataset.mask.sum(axis=1)
    train = np.flatnonzero((dataset.splits == "train") & (lengths > 1))
    whole = dataset.take(np.concatenate([np.arange(len(dataset)), train]))
    mask, ids, splits = whole.mask.copy(), whole.ids.copy(), whole.splits.copy()
    x, times, t = np.array(whole.x[:]), whole.times_s.copy(), whole.t.copy()
    for end, row in zip(range(len(dataset), len(whole)), train, strict=True):
        length = int(lengths[row])
        cut = length - min(max(1, round(share * length)), length - 1)
        for values in (x, times, t):
            values[end, : length - cut] = values[end, cut:length]
        mask[end], mask[row, cut:] = np.arange(mask.shape[1]) < length - cut, False
        ids[end], splits[end] = f"{ids[row]}{END}", "val"
    counted = np.where(mask, t, -100)
    zeros = np.where(mask[..., None], x, 0).astype(np.float32)
    return replace(
        whole,
        x=zeros,
        mask=mask,
        times_s=np.where(mask, times, 0).astype(np.float32),
        ids=ids,
        splits=splits,
        targets=FrameTargets(counted, dataset.class_names),
    )
