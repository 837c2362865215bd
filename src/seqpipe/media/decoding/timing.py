"""When each frame of a sample is shown, where the mean rate does not tell."""

from __future__ import annotations

import numpy as np
from av.error import FFmpegError

from seqpipe.media.decoding.decode import iter_frames
from seqpipe.media.decoding.streams import best_video_stream, video_streams, without_timestamps
from seqpipe.media.decoding.video import open_container
from seqpipe.media.frames import MediaType

UNEVEN = 0.5
"""Frames by which one may be off its place at an even rate, and the rate still passes for even."""


def frame_edges(path: str, kind: MediaType, frame_count: int, duration_s: float) -> np.ndarray:
    """(n + 1,) seconds: frame i of n is shown from value i to value i + 1.

    Of a video whose timestamps keep an even rate they follow from its ``frame_count`` frames, which fill
    ``duration_s``, and its packets alone are read; of others, and of animations, each frame is decoded for its time.

    Raises:
        InvalidSample: The sample cannot be opened.
    """
    if frame_count == 1 or kind == "frames" or (kind == "video" and _keeps_its_rate(path)):
        return np.arange(frame_count + 1) * (duration_s / frame_count)
    shown_s = [frame.time_s for frame in iter_frames(path, kind)]
    return np.array([*shown_s, max(duration_s, np.nextafter(shown_s[-1], np.inf))])


def _keeps_its_rate(path: str) -> bool:
    """Whether no frame is shown as much as ``UNEVEN`` frames off its place at the mean rate, by the timestamps."""
    with open_container(path) as container:
        stream = best_video_stream(container, video_streams(container))
        if without_timestamps(stream):
            return True
        try:
            stamps = [packet.pts for packet in container.demux(stream) if packet.size]
        except (FFmpegError, OSError):  # it breaks off: decoding says where
            return False
    known = sorted(stamp for stamp in stamps if stamp is not None)
    if len(known) < len(stamps) or len(known) < 2:
        return False
    even, step = np.linspace(known[0], known[-1], len(known), retstep=True)
    return bool(np.abs(np.array(known) - even).max() < UNEVEN * step)
