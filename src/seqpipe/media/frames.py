"""A decoded frame with its time, the one clock rule, and the word for what cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

MediaType = str
"""What a sample is, in the column ``kind``: ``video``, ``frames`` (a folder), ``image``, or what a modality says."""
Reason = Literal[
    "unreadable",
    "no_video_stream",
    "no_audio_stream",
    "no_frames",
    "zero_length",
    "silence",
    "not_finite",
    "single_frame",
    "several_pictures",
    "value_range",
    "truncated",
    "too_large",
    "several_samples",
    "no_steps",
    "no_numbers",
    "wrong_shape",
    "missing_values",
    "times_invalid",
    "columns_missing",
    "unlike_others",
    "no_text",
    "empty_text",
    "unknown_encoding",
    "duplicate",
    "class_not_in_train",
    "label_unknown",
    "no_references",
    "other_kind",
    "other_form",
    "repeated",
    "mixed_series",
    "annotation_invalid",
    "annotation_missing",
    "annotation_overlap",
    "annotation_beyond_end",
]
"""Why something is in the quarantine.

Readers of a corpus find from ``other_kind`` on: a file that is not what the rest of its folder is, another form of a
sample (the frames or the preview of a clip), a place reached a second time, a folder of several series of frames.
Annotations are no stretch of time, all of other subjects, overlap, or reach beyond the video.
"""
NOTHING_LOST: frozenset[Reason] = frozenset({"other_form", "repeated"})
"""Reasons of what is used under another name: it does not count for ``corpus.max_quarantine_share``."""

STILL_FPS = 25.0
"""Frames a second of what carries no clock: folders of frames and single images."""

LONGEST_STEP_S, STEP_RATIO = 5.0, 10.0
"""A step between two frames longer than this many seconds, and than so many times the step before, is a gap."""
AHEAD_SHARE = 0.8
"""Timestamps that reach less than this share of the frames' time are none."""
SHORTEST_STEP_S = 0.0005
"""A timestamp that is not this much later than the one before stands still: no camera is as fast."""


LONGEST_TO_SHORTEST = 4
"""A strip longer than this many times its width is cut first, whatever is read of it: resized by its shorter side it
could fill the memory, and squeezed into a square little of it could be told."""


class InvalidSample(Exception):
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
    frame: AVI files with B-frames and cut streams carry such timestamps on frames that are in order. A step
    longer than ``LONGEST_STEP_S``, where the one before was of another order, is no time that passed in front
    of the camera (a counter that wrapped or restarted, a recording that paused): it counts as long as the one
    before, and what follows moves up.

    Attributes:
        gaps: Steps that were shortened.
        skipped_s: Seconds that they lost.
    """

    __slots__ = ("_highest_s", "_last", "_origin", "_period", "_step", "_time_base", "gaps", "skipped_s")

    def __init__(self, time_base: float, fps: float) -> None:
        self._time_base = time_base
        self._period = self._step = 1.0 / fps
        self._origin: float | None = None
        self._last = -self._period
        self._highest_s: float | None = None
        self.gaps, self.skipped_s = 0, 0.0

    def __call__(self, pts: int | None) -> float:
        following = self._last + self._period
        if pts is None:
            self._last = following
            return following
        stamp = pts * self._time_base
        if self._origin is None:
            self._origin = stamp - following
        time_s = stamp - self._origin
        step_s = time_s - self._last
        if self._last < 0.0:
            self._last = time_s
        elif step_s > max(LONGEST_STEP_S, STEP_RATIO * self._step):
            self._skip(step_s - self._step)
            self._last = time_s = self._last + self._step
        elif step_s < SHORTEST_STEP_S:
            self._last = following
        else:
            self._last, self._step = time_s, step_s
        self._highest_s = max(self._highest_s or 0.0, time_s)
        return self._last

    def _skip(self, seconds: float) -> None:
        self.gaps += 1
        self.skipped_s += seconds
        self._origin = (self._origin or 0.0) + seconds

    def runs_ahead(self) -> bool:
        """Whether a fifth of the time so far is not in the timestamps: they stand still, or run backwards."""
        return self._highest_s is not None and self._highest_s < AHEAD_SHARE * self._last
