"""What batches share that a net is trained on frames with: all that is drawn follows from the seed and the content."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from seqpipe.config import ClipCnnConfig, FinetuneConfig, RuntimeConfig
from seqpipe.data.frame_augmentation import varied
from seqpipe.data.frame_cache import Frames
from seqpipe.encoders.transforms import Transforms
from seqpipe.runtime.seeds import epoch_seed


class Drawn:
    """Samples of which something is drawn anew each epoch.

    Iterating goes from one epoch to the next, beginning with the one that ``set_epoch`` gives.

    Args:
        frames: The cached frames.
        rows: (N,) The samples to train on, as rows of ``frames``.
        t: (N,) Their classes, int64.
        transforms: Those that the frames were cached for.
        config: How frames vary, and how many samples or frames make a batch.
        runtime: Seed, device and threads.
    """

    def __init__(
        self,
        frames: Frames,
        rows: np.ndarray,
        t: np.ndarray,
        transforms: Transforms,
        config: ClipCnnConfig | FinetuneConfig,
        runtime: RuntimeConfig,
    ) -> None:
        self._frames, self._rows, self._t = frames, rows, t
        self._transforms, self._config, self._runtime = transforms, config, runtime
        self._counts = frame_counts(frames, rows)
        self._epoch = 0

    @property
    def _batch_size(self) -> int:
        return self._config.training.batch_size

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch comes next, from 0."""
        self._epoch = epoch

    def _begun(self) -> int:
        """The epoch that begins."""
        epoch, self._epoch = self._epoch, self._epoch + 1
        return epoch

    def _rng(self, epoch: int, purpose: str) -> np.random.Generator:
        """Draws for this purpose: not by the number of threads, nor by what was drawn before or interrupted."""
        return np.random.default_rng(epoch_seed(self._runtime.seed, epoch, purpose))

    def _varied(self, rng: np.random.Generator, row: int, number: int) -> Tensor:
        frame = self._frames.frame(row, number)
        return varied(frame, self._transforms, self._config, rng, flow=self._frames.stream == "flow")


def frame_counts(frames: Frames, rows: np.ndarray) -> np.ndarray:
    """How many frames each of the samples has, (n,)."""
    return np.array([frames.count(row) for row in rows.tolist()], np.int64)
