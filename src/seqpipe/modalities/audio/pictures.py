"""A spectrogram as pictures of some seconds each, which any CNN reads."""

from __future__ import annotations

from seqpipe.config import AudioConfig


def picture_count(frames: int, config: AudioConfig) -> int:
    """How many pictures a spectrogram of so many frames gives: one for each ``picture_hop`` frames that begin."""
    return -(-frames // config.picture_hop)
