"""Batches of frames for fine-tuning, prepared in the background while the net computes.

Whatever is drawn follows from the seed, the epoch, the sample's content and the frame's number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial

import numpy as np
import torch
from torch import Tensor

from seqpipe.config import FinetuneConfig, RuntimeConfig
from seqpipe.data.drawn import Drawn, frame_counts
from seqpipe.data.frame_augmentation import as_read
from seqpipe.data.frame_cache import Frames
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.input import crop_count
from seqpipe.runtime.devices import resolve_device, usable_cores
from seqpipe.runtime.parallel import ordered_map

CORES_A_WORKER = 8
"""On a CPU, where the net computes on all cores and takes tens of times as long for a frame: two threads that prepare
small frames wait for each other, and keep the net waiting."""
WAITING = 2
"""Batches that may wait for the net, beside the one that each thread prepares."""

Look = Callable[..., Tensor]
"""From a place (a row of the cache, the number of one of its frames, ...) to what the net sees: (3, S, S) uint8."""


class DrawnFrames(Drawn):
    """Training batches: x (B, 3, S, S) uint8 channels last and t (B,) int64; the last one of an epoch may be smaller.

    Each epoch draws frames of every sample anew, without replacement, varies and shuffles them: ``config.frames`` of
    each, all where it is null. The arguments are those of `Drawn`.
    """

    def __init__(
        self,
        frames: Frames,
        rows: np.ndarray,
        t: np.ndarray,
        transforms: Transforms,
        config: FinetuneConfig,
        runtime: RuntimeConfig,
    ) -> None:
        super().__init__(frames, rows, t, transforms, config, runtime)
        self._wanted = self._counts if config.frames is None else np.minimum(self._counts, config.frames)

    def __len__(self) -> int:
        return -(-int(self._wanted.sum()) // self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        epoch = self._begun()
        drawn = [self._chosen(epoch, row, n) for row, n in zip(self._rows.tolist(), self._wanted.tolist(), strict=True)]
        numbers = np.concatenate(drawn)
        samples = np.repeat(np.arange(len(drawn)), self._wanted)
        order = self._rng(epoch, "order").permutation(len(numbers))
        places, t = np.stack([self._rows[samples], numbers], axis=1)[order], self._t[samples][order]
        look, size = partial(self._look, epoch), self._transforms.crop
        yield from zip(
            filled_batches(_parts(places, self._batch_size), look, size, self._runtime),
            torch.from_numpy(t).split(self._batch_size),
            strict=True,
        )

    def _chosen(self, epoch: int, row: int, wanted: int) -> np.ndarray:
        """The numbers of the frames drawn from a sample."""
        count = self._frames.count(row)
        if wanted == count:
            return np.arange(count)
        return self._rng(epoch, f"frames of {self._frames.keys[row]}").choice(count, wanted, replace=False)

    def _look(self, epoch: int, row: int, number: int) -> Tensor:
        return self._varied(self._rng(epoch, f"frame {number} of {self._frames.keys[row]}"), row, number)


class AllFrames:
    """Batches of every frame of every sample in order, for validation and test: what extraction reads of it.

    A batch is x (B, 3, S, S) uint8 channels last, t (B,) int64, and the sample of each frame, (B,) int64 from 0 to
    n - 1, so that the answers to a clip's frames can be averaged; in the view ``crops`` a frame comes once a crop. The
    arguments are those of `Drawn`, but for ``batch_size``, how many make a batch.

    Attributes:
        crops: How many times each frame comes, (F,): one after another, sample by sample.
    """

    def __init__(
        self,
        frames: Frames,
        rows: np.ndarray,
        t: np.ndarray,
        transforms: Transforms,
        batch_size: int,
        runtime: RuntimeConfig,
    ) -> None:
        self._frames, self._transforms, self._runtime = frames, transforms, runtime
        self._batch_size = batch_size
        counts = frame_counts(frames, rows)
        samples, numbers = np.repeat(np.arange(len(rows)), counts), _numbered(counts)
        each = zip(rows[samples].tolist(), numbers.tolist(), strict=True)
        self.crops = np.array([crop_count(*frames.size(*place), transforms) for place in each], np.int64)
        self._samples = np.repeat(samples, self.crops)
        of_crops = (np.repeat(numbers, self.crops), _numbered(self.crops))
        self._places = np.stack([rows[self._samples], *of_crops], axis=1)
        self._t = t[self._samples]

    def __len__(self) -> int:
        return -(-len(self._places) // self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        yield from zip(
            filled_batches(_parts(self._places, self._batch_size), self._look, self._transforms.crop, self._runtime),
            torch.from_numpy(self._t).split(self._batch_size),
            torch.from_numpy(self._samples).split(self._batch_size),
            strict=True,
        )

    def _look(self, row: int, number: int, crop: int) -> Tensor:
        return as_read(self._frames.frame(row, number), self._transforms)[crop]


def _numbered(counts: np.ndarray) -> np.ndarray:
    """0 to c - 1 for each c of the counts (n,), one after another."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _parts(places: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    return (places[start : start + batch_size] for start in range(0, len(places), batch_size))


def filled_batches(parts: Iterable[np.ndarray], look: Look, size: int, runtime: RuntimeConfig) -> Iterator[Tensor]:
    """A batch for each part, in order: what ``look`` gives for each of its rows, (B, 3, size, size) uint8."""
    on_gpu = resolve_device(runtime).type == "cuda"
    workers = usable_cores(runtime) if on_gpu else -(-usable_cores(runtime) // CORES_A_WORKER)
    fill = partial(_filled, look, size, on_gpu)
    try:
        with closing(ordered_map(fill, parts, workers, workers + WAITING)) as batches:
            yield from batches
    finally:
        torch.set_num_threads(torch.get_num_threads())  # `_filled` has changed it for threads to come as well


def _filled(look: Look, size: int, pinned: bool, places: np.ndarray) -> Tensor:
    """One batch, (B, 3, S, S) uint8 channels last; pinned where a GPU will copy it."""
    # This thread's alone: each would have a pool of threads behind it, to fight with the net for the cores.
    torch.set_num_threads(1)
    x = torch.empty((len(places), size, size, 3), dtype=torch.uint8, pin_memory=pinned).permute(0, 3, 1, 2)
    for frame, place in zip(x, places.tolist(), strict=True):
        frame.copy_(look(*place))
    return x
