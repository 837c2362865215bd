"""The spectrogram of a file, and which of its steps are at which time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqpipe.modalities.audio.decoding import Sound
from seqpipe.modalities.audio.log_mel import LogMel

NAME = "audio"
"""What the modality is called."""


def spectrogram(path: str, log_mel: LogMel, sample_rate: int) -> np.ndarray:
    """(T, bands) float32, the log-mel spectrogram of a whole file; raises InvalidSample where it cannot be read."""
    with Sound(path) as sound:
        return log_mel(sound.blocks(sample_rate))


def steps_at(times_s: Sequence[float], rate: float, count: int) -> np.ndarray:
    """(n,) the index of the step at each time, of ``count`` that follow each other at ``rate`` a second."""
    return np.clip((np.asarray(times_s) * rate + 1e-6).astype(np.int64), 0, count - 1)
