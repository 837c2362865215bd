"""Batches of clips for a net that is trained on frames in their order: each clip varied as a whole.

What is drawn of a clip (where it begins, its crop, whether it is mirrored, its colours) follows from the seed, the
epoch and the sample's content alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from seqpipe.config import ClipCnnConfig, RuntimeConfig
from seqpipe.data.drawn import Drawn, frame_counts
from seqpipe.data.frame_augmentation import as_read
from seqpipe.data.frame_batches import Look, filled_batches
from seqpipe.data.frame_cache import Frames
from seqpipe.data.windows import Windows
from seqpipe.encoders.transforms import Transforms


class ClipBatch(NamedTuple):
    """Clips of at most T frames.

    Attributes:
        frames: (n, 3, S, S) uint8 channels last: those of all clips, one clip after another.
        mask: (B, T) bool: which steps of each clip there are, the first ones; n in all.
        t: (B,) int64.
    """

    frames: Tensor
    mask: Tensor
    t: Tensor


class DrawnClips(Drawn):
    """Training batches: of every sample a clip of consecutive frames that begins at random, anew each epoch.

    As LRCN draws them (Donahue et al., CVPR 2015, section 4.1): one crop and one flip for all frames of a clip. A
    sample of no more than ``size`` frames is a clip. The other arguments are those of `Drawn`.
    """

    def __init__(
        self,
        frames: Frames,
        rows: np.ndarray,
        t: np.ndarray,
        transforms: Transforms,
        config: ClipCnnConfig,
        size: int,
        runtime: RuntimeConfig,
    ) -> None:
        super().__init__(frames, rows, t, transforms, config, runtime)
        self._lengths = np.minimum(self._counts, size)

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __iter__(self) -> Iterator[ClipBatch]:
        epoch = self._begun()
        order = self._rng(epoch, "order").permutation(len(self._rows))
        starts = np.array([self._start(epoch, sample) for sample in range(len(self._rows))], np.int64)
        clips = _Clips(self._rows[order], starts[order], self._lengths[order], self._t[order])
        yield from clips.batches(partial(self._look, epoch), self._transforms.crop, self._batch_size, self._runtime)

    def _start(self, epoch: int, sample: int) -> int:
        later = int(self._counts[sample] - self._lengths[sample])
        key = self._frames.keys[self._rows[sample]]
        return int(self._rng(epoch, f"start in {key}").integers(later + 1)) if later else 0

    def _look(self, epoch: int, row: int, number: int) -> Tensor:
        # For every frame of a clip in the same state: it draws the same crop, flip and colours.
        return self._varied(self._rng(epoch, f"clip of {self._frames.keys[row]}"), row, number)


class AllClips:
    """Batches of the clips that every sample is answered in, ``stride`` frames apart, for validation: not varied.

    In the view ``crops`` the middle one of each frame is read. The other arguments are those of `Drawn`.
    """

    def __init__(
        self,
        frames: Frames,
        rows: np.ndarray,
        t: np.ndarray,
        transforms: Transforms,
        batch_size: int,
        size: int,
        stride: int,
        runtime: RuntimeConfig,
    ) -> None:
        self._frames, self._transforms, self._batch_size, self._runtime = frames, transforms, batch_size, runtime
        counts = frame_counts(frames, rows)
        windows = Windows.over(counts.tolist(), size, stride)
        samples, starts = np.array(windows.rows, np.int64), np.array(windows.starts, np.int64)
        self._clips = _Clips(rows[samples], starts, np.minimum(counts[samples], windows.size), t[samples])

    def __len__(self) -> int:
        return -(-len(self._clips.t) // self._batch_size)

    def __iter__(self) -> Iterator[ClipBatch]:
        yield from self._clips.batches(self._look, self._transforms.crop, self._batch_size, self._runtime)

    def _look(self, row: int, number: int) -> Tensor:
        crops = as_read(self._frames.frame(row, number), self._transforms)
        return crops[len(crops) // 2]


class _Clips(NamedTuple):
    """Clips by the row of their sample in the cache, the frame that they begin with, how many they have, and class."""

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    t: np.ndarray

    def batches(self, look: Look, size: int, batch_size: int, runtime: RuntimeConfig) -> Iterator[ClipBatch]:
        parts = [slice(start, start + batch_size) for start in range(0, len(self.t), batch_size)]
        longest = int(self.lengths.max())
        mask = torch.from_numpy(np.arange(longest)[None] < self.lengths[:, None])
        filled = filled_batches(map(self._places, parts), look, size, runtime)
        for part, frames in zip(parts, filled, strict=True):
            yield ClipBatch(frames, mask[part], torch.from_numpy(self.t[part]))

    def _places(self, part: slice) -> np.ndarray:
        """(n, 2): row and number of every frame of some clips."""
        lengths = self.lengths[part]
        numbers = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.stack([np.repeat(self.rows[part], lengths), np.repeat(self.starts[part], lengths) + numbers], axis=1)
