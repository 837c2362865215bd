"""Sound as frames of its log-mel spectrogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import av
import numpy as np

from seqpipe.config import AudioConfig
from seqpipe.modalities.audio.decoding import Sound
from seqpipe.modalities.audio.log_mel import LogMel

NAME = "audio"


def spectrogram(path: str, log_mel: LogMel, sample_rate: int) -> np.ndarray:
    """(T, bands) float32, the log-mel spectrogram of a whole file; raises InvalidSample where it cannot be read."""
    with Sound(path) as sound:
        return log_mel(sound.blocks(sample_rate))


def steps_at(times_s: Sequence[float], rate: float, count: int) -> np.ndarray:
    """(n,) the index of the step at each time, of ``count`` that follow each other at ``rate`` a second."""
    return np.clip((np.asarray(times_s) * rate + 1e-6).astype(np.int64), 0, count - 1)


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


def decoding_version() -> str:
    """Of the library that knows the codecs."""
    return av.__version__
