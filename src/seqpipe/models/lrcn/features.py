"""What a CNN says of cached frames, as a D' in memory; and a D' of long samples as one of their clips."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.frame_batches import AllFrames
from seqpipe.data.windows import Windows
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads, resolve_device

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.encoders.backbones import Transforms

FRAMES_AT_ONCE = 64


def features_of(
    cnn: ClipCnn, data: FrameDataset, transforms: Transforms, runtime: RuntimeConfig, threads: int
) -> FeatureDataset:
    """The features of all frames, (N, T, D) float32 in memory, with the mask and the targets of D'.

    In the view ``crops`` those of a frame are the mean over its crops.
    """
    frames = AllFrames(data.frames, data.rows, data.t, transforms, FRAMES_AT_ONCE, runtime)
    counts = data.counts()
    mask = np.arange(counts.max(initial=0))[None] < counts[:, None]
    vectors = _vectors(cnn, frames, runtime, threads)
    x = np.zeros((*mask.shape, vectors.shape[1]), np.float32)
    x[mask] = np.add.reduceat(vectors, np.cumsum(frames.crops) - frames.crops) / frames.crops[:, None]
    times_s = np.zeros(mask.shape, np.float32)
    times_s[mask] = np.concatenate(data.times_s)
    return FeatureDataset(
        x, mask, times_s, data.targets, data.ids, data.groups, data.splits, fingerprint=data.fingerprint
    )


def _vectors(cnn: ClipCnn, frames: AllFrames, runtime: RuntimeConfig, threads: int) -> np.ndarray:
    """(F, D), a row for each crop of each frame."""
    device = resolve_device(runtime)
    cnn = cnn.to(device).eval()
    with torch.inference_mode(), exact_float32("float32"), intra_op_threads(threads):
        return np.concatenate([cnn(x.to(device)).cpu().numpy() for x, *_ in frames])


def clips_of(data: FeatureDataset, size: int, stride: int) -> tuple[FeatureDataset, np.ndarray]:
    """The clips of at most ``size`` steps, ``stride`` apart, that cover each sample; the last one ends with it.

    As LRCN is tested (clips of 16 frames, 8 apart). A sample of no more steps is one clip.

    Returns:
        The clips, each with the target of its sample, and (M,) the sample that each is of.
    """
    windows = Windows.over(data.mask.sum(axis=1).tolist(), size, stride)
    samples = np.array(windows.rows, np.int64)
    of_clips = data.take(samples)
    x, mask, times_s = (windows.cut(torch.from_numpy(of), 0).numpy() for of in (data.x[:], data.mask, data.times_s))
    return replace(of_clips, x=x, mask=mask, times_s=times_s), samples
