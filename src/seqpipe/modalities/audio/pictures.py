"""A spectrogram as pictures of some seconds each, which any CNN reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from seqpipe.config import AudioConfig


def picture_count(frames: int, config: AudioConfig) -> int:
    """How many pictures a spectrogram of so many frames gives: one for each ``picture_hop`` frames that begin."""
    return -(-frames // config.picture_hop)


def pictures(levels: np.ndarray, numbers: Sequence[int] | np.ndarray, config: AudioConfig) -> Iterator[np.ndarray]:
    """These of the pictures of a spectrogram (T, bands), each (bands, picture, 3) uint8, grey: white is 0 dB.

    Time goes to the right, frequency upwards. A picture shows the frames about the middle of those that it stands for,
    with silence before the first and behind the last.
    """
    grey = np.clip((levels / config.range_db + 1.0) * 255.0, 0.0, 255.0).round().astype(np.uint8)
    before = max(0, (config.picture - config.picture_hop) // 2)
    count = picture_count(len(levels), config)
    behind = (count - 1) * config.picture_hop + config.picture - before - len(levels)
    padded = np.pad(grey, ((before, max(0, behind)), (0, 0)))
    for number in numbers:
        shown = padded[number * config.picture_hop :][: config.picture, ::-1].T
        yield np.ascontiguousarray(np.repeat(shown[:, :, None], 3, axis=2))
