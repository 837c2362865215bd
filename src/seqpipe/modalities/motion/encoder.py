"""What makes vectors of recordings of motion: their channels at one rate, scaled by what train has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from seqpipe.config import MotionConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.motion.recording import read_recording
from seqpipe.modalities.motion.usable import steps_of, usable


class MotionEncoder:
    """The channels at the times of the steps, each with the mean 0 and the deviation 1 over all steps of train's files.

    Channels are counted in units of their own (metres a second squared, degrees a second): without a scale for each,
    the one of large numbers would be all that a net hears of.

    Args:
        config: Its modality's.
        learned: ``mean`` and ``scale`` of each channel; None: nothing yet, and channels are as they were recorded.
    """

    modality = "motion"
    version = 2

    def __init__(self, config: MotionConfig, learned: dict[str, Any] | None = None) -> None:
        self.parameters: dict[str, Any] = config.model_dump(mode="json")
        self.learned = learned or {}
        self._config = config

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"channels at {self._config.rate:g} Hz"

    def learn(self, train: Sequence[tuple[str, str]]) -> Self:
        """Mean and deviation of each channel over all steps of train's files, merged file by file (Chan et al., 1979).

        A channel that does not move within what float64 can tell is centred alone. Where val is the ends of these
        files, its steps count as well: no label of them is looked at.

        Raises:
            InvalidSample: A file is gone.
        """
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler()
        for path, _ in train:
            scaler.partial_fit(self._steps(path))
        return self.with_learned({"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()})

    def with_learned(self, learned: dict[str, Any]) -> Self:
        """The same, which has learned this before."""
        return type(self)(self._config, learned)

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        """(n, D); with ``motion.gap_flag`` one more number, which is not scaled."""
        values, flag = self._values(path)
        if self.learned:
            self._check_width(values.shape[1])
            values = (values - self.learned["mean"]) / self.learned["scale"]
        vectors = np.hstack([values, flag]) if self._config.gap_flag else values
        places = (np.asarray(times_s) * self._config.rate).astype(np.int64)
        taken: np.ndarray = vectors[np.clip(places, 0, len(vectors) - 1)].astype(np.float32)
        return taken

    def _check_width(self, channels: int) -> None:
        if channels != len(self.learned["mean"]):
            raise InvalidSample(
                "unlike_others", f"It has {channels} channels, where training had {len(self.learned['mean'])}."
            )

    def _steps(self, path: str) -> np.ndarray:
        return self._values(path)[0]

    def _values(self, path: str) -> tuple[np.ndarray, np.ndarray]:
        """The steps (T, D), and whether each lies in a gap (T, 1)."""
        steps = steps_of(usable(read_recording(path, self._config), self._config), self._config)
        return steps.values, steps.gaps[:, None]
