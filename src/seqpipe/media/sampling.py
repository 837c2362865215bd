"""Which frames a clip takes, as times in seconds, and which a snippet around such a time: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqpipe.config import ClipConfig

ROUNDING = 1e-9
"""Slack for quotients of floats that ought to be whole."""
UNIFORM = ("uniform", "auto")
"""Of pictures these are the same; of other modalities see ``of_measurements``."""


def clip_times(frame_count: int, fps: float, duration_s: float, config: ClipConfig, span: int = 1) -> list[float]:
    """The times (seconds, strictly increasing) of at most ``config.frames`` steps: of frames, or middles of snippets.

    A sample with fewer frames gives fewer times; ``all`` takes every one, however many there are. At a constant frame
    rate each time has a frame of its own; at a variable one, a frame shown for long may be the one shown at several
    times. Times lie in the middle of what they point to, so that timestamps rounded to milliseconds do not shift them
    to a neighbour. The one frame of an image is at 0.0. ``frame_count`` frames fill ``duration_s``, at ``fps``
    nominally.

    A snippet reaches over ``span`` frames, 1 being a frame by itself. ``uniform`` and ``stride`` give as many as lie
    whole in the sample, ``uniform`` side by side; at least one, in the middle. ``fps`` and ``all`` give a step
    wherever it falls.
    """
    if frame_count < 1 or fps <= 0.0 or duration_s <= 0.0:
        raise ValueError(f"no clip in {frame_count} frames at {fps} a second lasting {duration_s} s")
    if frame_count == 1:
        return [0.0]
    if config.sampling == "all":
        return uniform_times(frame_count, duration_s, frame_count, 1)
    if config.sampling in UNIFORM:
        return uniform_times(frame_count, duration_s, config.frames, span)
    if config.sampling == "fps":
        return rate_times(frame_count, duration_s, config.frames, min(fps, config.fps))
    return stride_times(frame_count, duration_s, config.frames, config.stride, span)


def sampling_facts(config: ClipConfig) -> dict[str, Any]:
    """Whatever decides the times, and nothing else: a sampling's unused knobs are left out."""
    if config.sampling == "all":
        return {"sampling": "all"}
    if config.sampling in UNIFORM:
        return {"sampling": "uniform", "frames": config.frames}
    return {"sampling": config.sampling, "frames": config.frames, config.sampling: getattr(config, config.sampling)}


def of_measurements(config: ClipConfig) -> ClipConfig:
    """The sampling of samples that are no pictures: ``auto`` takes every step of theirs."""
    return config.model_copy(update={"sampling": "all"}) if config.sampling == "auto" else config


def uniform_times(frame_count: int, duration_s: float, frames: int, span: int) -> list[float]:
    """The centres of equal segments of the whole duration (TSN's test sampling, Wang et al. 2016)."""
    segments = min(frames, max(1, frame_count // span))
    return [(i + 0.5) * duration_s / segments for i in range(segments)]


def rate_times(frame_count: int, duration_s: float, frames: int, fps: float) -> list[float]:
    """From the first frame on at ``fps``, or at the sample's own rate where that is lower."""
    period_s = duration_s / frame_count
    step_s = max(1.0 / fps, period_s)
    fitting = math.floor((duration_s - 0.5 * period_s) / step_s + ROUNDING) + 1
    return [0.5 * period_s + i * step_s for i in range(min(frames, fitting, frame_count))]


def stride_times(frame_count: int, duration_s: float, frames: int, stride: int, span: int) -> list[float]:
    """Frames or snippets ``stride`` apart, as many as fit, from the middle of the sample."""
    period_s = duration_s / frame_count
    taken = min(frames, 1 + max(0, frame_count - span) // stride)
    first = (frame_count - span - (taken - 1) * stride) // 2
    return [(first + i * stride + span / 2) * period_s for i in range(taken)]


def snippet_frames(places: Sequence[float] | np.ndarray, frame_count: int, frames: int, stride: int) -> np.ndarray:
    """(n, L) the numbers of the frames of each snippet, of which ``places`` are the middles to half a frame.

    Where a snippet goes on beyond an end of the sample, the first or the last frame is repeated: also in samples that
    are shorter than one, and of an image.

    Args:
        places: The n steps, in frames of the sample, of which frame i fills i to i + 1.
        frame_count: Frames of the sample.
        frames: L.
        stride: From one frame of a snippet to the next.
    """
    first = np.floor(np.asarray(places, np.float64) - (frames - 1) * stride / 2 + ROUNDING)
    numbers = first[:, None] + np.arange(frames) * stride
    return np.clip(numbers, 0, frame_count - 1).astype(np.int64)
