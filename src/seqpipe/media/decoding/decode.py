"""Frames of a sample, whatever it is: all of them in order, or those that a clip samples."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqpipe.media.corpora.files import folder_frames
from seqpipe.media.decoding.images import resized
from seqpipe.media.decoding.pictures import Picture, only_picture, open_image, pictures
from seqpipe.media.decoding.pixel_values import is_deep, rgb_of, white_of
from seqpipe.media.decoding.streams import best_video_stream, video_streams
from seqpipe.media.decoding.video import Tally, open_container, timed_frames
from seqpipe.media.frames import STILL_FPS, Clock, InvalidSample, MediaType, TimedFrame

__all__ = ["DECODING_VERSION", "InvalidSample", "TimedFrame", "iter_frames", "read_clip", "read_frames"]

DECODING_VERSION = 3
"""Raise it when the same bytes are judged, measured or decoded differently: what was cached of them then lapses."""
UNTIMED_S = 0.1
"""What players show a picture of an animation for that asks for no time at all."""


def iter_frames(path: str, kind: MediaType) -> Iterator[TimedFrame]:
    """The sample's frames in order, each with its time in seconds, decoded as they are asked for.

    Times start at 0 and increase. The frames end where the sample does, or where it breaks off. Raises
    InvalidSample where the sample cannot be opened.
    """
    if kind == "image":
        yield from file_frames(path, Clock(0.001, STILL_FPS), file_white(path))
    elif kind == "frames":
        yield from _folder_frames(path)
    else:
        with open_container(path) as container:
            stream = best_video_stream(container, video_streams(container))
            yield from timed_frames(container, stream, Tally())


def read_frames(
    path: str, kind: MediaType, times_s: Sequence[float], frame_count: int | None = None
) -> Iterator[np.ndarray]:
    """For each time the frame shown at it, uint8 (H, W, 3), one by one; arguments and errors as of ``shown_frames``."""
    for shown, times in shown_frames(path, kind, times_s, frame_count):
        yield from repeat(shown.frame.rgb(), times)


class Shown(NamedTuple):
    """A frame between its neighbours; None where the sample begins or ends."""

    before: TimedFrame | None
    frame: TimedFrame
    following: TimedFrame | None


def shown_frames(
    path: str, kind: MediaType, times_s: Sequence[float], frame_count: int | None = None
) -> Iterator[tuple[Shown, int]]:
    """The frames shown at the times, each the last one not later, and at how many of the times it is, in order.

    ``times_s`` never decrease. Given ``frame_count``, the number that probing has counted, no frame is given
    twice where they suffice: a time at which the last one given is still shown gets the next one, and as many
    are left as there are times to come. One pass; decoding stops after the last needed frame. Raises InvalidSample
    where the sample cannot be opened or holds no frame.
    """
    if any(b < a for a, b in pairwise(times_s)):
        raise ValueError(f"times_s must not decrease, got {list(times_s)}")
    spare = -1 if frame_count is None else frame_count - len(times_s)  # frames that may be passed over
    before: TimedFrame | None = None
    shown: TimedFrame | None = None
    number, done = -1, 0
    for following in chain(iter_frames(path, kind), [None]):
        times = _due(times_s, done, following)
        if spare >= 0 and following is not None and shown is not None:
            times = 1 if number - done >= spare else min(times, 1)
        if shown is not None and times:
            yield Shown(before, shown, following), times
            done += times
        if done == len(times_s):
            return
        before, shown, number = shown, following, number + 1
    raise InvalidSample("no_frames", "Not one frame could be decoded.")


def _due(times_s: Sequence[float], done: int, following: TimedFrame | None) -> int:
    """How many of the times after the first ``done`` lie before the next frame."""
    if following is None:
        return len(times_s) - done
    return bisect_left(times_s, following.time_s, lo=done) - done


def read_clip(path: str, kind: MediaType, times_s: Sequence[float], frame_count: int | None = None) -> np.ndarray:
    """As ``read_frames``, in one array: uint8 (n, H, W, 3). Raises InvalidSample."""
    frames = read_frames(path, kind, times_s, frame_count)
    first = next(frames)
    clip = np.empty((len(times_s), *first.shape), dtype=np.uint8)
    clip[0] = first
    for n, rgb in enumerate(frames, start=1):
        clip[n] = rgb
    return clip


def file_frames(path: str, clock: Clock, white: float | None, max_pixels: float = float("inf")) -> Iterator[TimedFrame]:
    """The pictures of an image file, each for as long as the file says; a stack's without a clock at 25 a second.

    ``clock`` counts milliseconds, ``white`` is the file's. Raises InvalidSample, also where the file breaks off.
    """
    shown_ms = 0.0
    for picture in pictures(path, max_pixels):
        time_s = clock(None if picture.shown_s is None else round(shown_ms))
        shown_ms += 1000.0 * (picture.shown_s or UNTIMED_S)
        yield TimedFrame(time_s, picture, partial(rgb_of, white=white))


def file_white(path: str, max_pixels: float = float("inf")) -> float | None:
    """The value that is white in all pictures of a file; None where they are not deep. Raises InvalidSample."""
    with open_image(path, max_pixels) as image:
        deep = is_deep(image)
    return white_of(pictures(path, max_pixels)) if deep else None


def _folder_frames(path: str) -> Iterator[TimedFrame]:
    """A folder's images at 25 a second, all of the first's size; reading a broken one raises InvalidSample."""
    files = folder_frames(path)
    if not files:
        return
    white = folder_white(files)
    height, width, _ = frame_rgb(files[0], white).shape
    for index, file in enumerate(files):
        yield TimedFrame(index / STILL_FPS, file, lambda f: resized(frame_rgb(f, white), height, width))


def folder_white(files: Sequence[Path], max_pixels: float = float("inf")) -> float | None:
    """The value that is white in a folder's frames up to the first broken one; None where the first is not deep.

    Raises InvalidSample where their values fit no range.
    """
    try:
        with open_image(files[0], max_pixels) as image:
            deep = is_deep(image)
    except InvalidSample:
        return None
    return white_of(_readable(files, max_pixels)) if deep else None


def _readable(files: Sequence[Path], max_pixels: float) -> Iterator[Picture]:
    for file in files:
        try:
            yield only_picture(file, max_pixels)
        except InvalidSample:  # measuring says so
            return


def frame_rgb(file: Path, white: float | None, max_pixels: float = float("inf")) -> np.ndarray:
    """One frame of a folder: uint8 (H, W, 3). Raises InvalidSample."""
    return rgb_of(only_picture(file, max_pixels), white)
