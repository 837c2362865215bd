"""A decoded frame with its time, the one clock rule, and the word for what cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

Kind = Literal["video", "frames", "image"]
Reason = Literal[
    "unreadable",
    "no_video_stream",
    "no_frames",
    "truncated",
    "too_large",
    "duplicate",
    "label_unknown",
    "other_kind",
    "other_form",
    "repeated",
    "mixed_series",
    "annotation_invalid",
    "annotation_overlap",
    "annotation_beyond_end",
    "annotation_missing",
]
"""Why something is in the quarantine.

Readers of a corpus find from ``other_kind`` on: a file that is not what the rest of its folder is, another form of a
sample (the frames or the preview of a clip), a place reached a second time, a folder of several series of frames.
Annotations are no stretch of time, overlap, reach beyond the video, or are none.
"""
NOTHING_LOST: frozenset[Reason] = frozenset({"other_form", "repeated"})
"""Reasons of what is used under another name: it does not count for ``corpus.max_quarantine_share``."""

STILL_FPS = 25.0
"""Frames a second of what carries no clock: folders of frames and single images."""


class Unusable(Exception):
    """A sample that cannot be used: a reason code for the quarantine table and a plain sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail


class TimedFrame:
    """One frame at ``time_s`` seconds from the first; pixels are made only when they are asked for.

    Converting to RGB costs as much as decoding does, and most decoded frames are not sampled.
    """

    __slots__ = ("_frame", "_to_rgb", "time_s")

    def __init__(self, time_s: float, frame: Any, to_rgb: Callable[[Any], np.ndarray]) -> None:
        self.time_s = time_s
        self._frame = frame
        self._to_rgb = to_rgb

    def rgb(self) -> np.ndarray:
        """The upright picture: uint8 (H, W, 3), contiguous."""
        return np.ascontiguousarray(self._to_rgb(self._frame))


class Clock:
    """Turns presentation timestamps into seconds that start at 0 and always increase.

    A timestamp that is missing, or not later than the one before, becomes the previous time plus one
    frame: AVI files with B-frames and cut streams carry such timestamps on frames that are in order.
    """

    __slots__ = ("_last", "_origin", "_period", "_time_base")

    def __init__(self, time_base: float, fps: float) -> None:
        self._time_base = time_base
        self._period = 1.0 / fps
        self._origin: float | None = None
        self._last = -self._period

    def __call__(self, pts: int | None) -> float:
        following = self._last + self._period
        if pts is None:
            self._last = following
            return following
        stamp = pts * self._time_base
        if self._origin is None:
            self._origin = stamp - following
        time_s = stamp - self._origin
        self._last = time_s if time_s > self._last else following
        return self._last
