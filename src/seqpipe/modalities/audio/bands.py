"""Sound as frames of its log-mel spectrogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from seqpipe.config import AudioConfig
from seqpipe.modalities.audio.log_mel import LogMel
from seqpipe.modalities.audio.spectrogram import NAME, spectrogram, steps_at


class BandsEncoder:
    """x' is a frame of the log-mel spectrogram: the levels of its bands, in dB."""

    modality: ClassVar[str] = NAME
    version: ClassVar[int] = 1

    def __init__(self, config: AudioConfig) -> None:
        self._config, self._log_mel = config, LogMel(config)

    @property
    def name(self) -> str:
        return f"log-mel of {self._config.bands} bands"

    @property
    def parameters(self) -> dict[str, Any]:
        return self._config.model_dump(mode="json")

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        """(n, bands) float32, the frames at these times; as ``SequenceEncoder`` asks."""
        levels = spectrogram(path, self._log_mel, self._config.sample_rate)
        picked: np.ndarray = levels[steps_at(times_s, self._config.frame_rate, len(levels))]
        return picked
