"""Labels within a video: segments of time, one canonical table, and the labels at given times.

The canonical table has a row a segment: ``id`` (the video's), ``start_s``, ``end_s`` (not included) and ``label``. What
lies between segments is background, unless nobody has looked there: a video whose labels come frame by frame is
unlabelled behind the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.media.frames import InvalidSample

BACKGROUND = "background"
"""The label of what no segment covers."""
SLACK_S = 0.1
"""How far beyond a video's last frame a segment may end: what a player's clock is read to."""
Unit = Literal["seconds", "frames"]


class Mark(NamedTuple):
    """One annotation as it was written: ``start`` to ``end`` (not included), in seconds or in frames from 0."""

    start: float
    end: float
    label: str


class Marks(NamedTuple):
    """All annotations of a video.

    Attributes:
        marks: In any order.
        unit: Of their starts and ends.
        gaps: What lies between them: ``background``, or ``unlabelled`` where labels were given frame by frame.
    """

    marks: tuple[Mark, ...]
    unit: Unit
    gaps: Literal["background", "unlabelled"] = "background"


def marks_of_frames(labels: Iterable[tuple[int, str]]) -> Marks:
    """A label a frame, (index from 0, label) in any order, as runs of equal labels; frames left out are unlabelled.

    Raises:
        InvalidSample: A frame has two labels, or a number below 0.
    """
    marks: list[Mark] = []
    for frame, label in sorted(set(labels)):
        last = marks[-1] if marks else None
        if frame < 0 or (last is not None and frame < last.end):
            raise InvalidSample("annotation_overlap", f"Frame {frame} has two labels, or is none of the video's.")
        if last is not None and frame == last.end and label == last.label:
            marks[-1] = last._replace(end=frame + 1)
        else:
            marks.append(Mark(frame, frame + 1, label))
    return Marks(tuple(marks), "frames", "unlabelled")


def segments_in_seconds(marks: Marks, fps: float, duration_s: float) -> list[Mark]:
    """The annotations in order, in seconds, ending where the video does.

    Args:
        marks: As they were written.
        fps: Frames a second, by which frame numbers become times.
        duration_s: Of the video; a segment may end up to a frame or ``SLACK_S`` later, and is cut there.

    Raises:
        InvalidSample: An annotation ends before it begins, begins before the video, reaches beyond its end, or overlaps
            another one of another label.
    """
    scale = 1.0 / fps if marks.unit == "frames" else 1.0
    slack_s = max(SLACK_S, 1.0 / fps)
    segments: list[Mark] = []
    for mark in sorted(marks.marks):
        start_s, end_s = mark.start * scale, mark.end * scale
        words = f"{mark.label!r} from {start_s:.2f} to {end_s:.2f} s"
        if not start_s < end_s or start_s < 0.0:
            raise InvalidSample("annotation_invalid", f"{words} is no stretch of time.")
        if end_s > duration_s + slack_s:
            raise InvalidSample("annotation_beyond_end", f"{words} reaches beyond the video's {duration_s:.2f} s.")
        last = segments[-1] if segments else None
        if last is not None and start_s < last.end - 1e-6:
            if last.label != mark.label:
                raise InvalidSample(
                    "annotation_overlap", f"{words} overlaps {last.label!r}, which ends at {last.end:.2f} s."
                )
            start_s = last.end
        if start_s < min(end_s, duration_s):
            segments.append(Mark(start_s, min(end_s, duration_s), mark.label))
    return segments


def labels_at(times_s: np.ndarray, segments: pd.DataFrame, classes: dict[str, int], outside: int) -> np.ndarray:
    """The class (T,) int64 at each time (T,): that of the segment that covers it, ``outside`` where none does.

    Args:
        times_s: Seconds, increasing.
        segments: ``start_s``, ``end_s`` and ``label`` of one video, in order, not overlapping.
        classes: The number of each label.
        outside: What a time between segments is.
    """
    labels = np.full(len(times_s), outside, np.int64)
    for start_s, end_s, label in segments[["start_s", "end_s", "label"]].itertuples(index=False):
        labels[(times_s >= start_s) & (times_s < end_s)] = classes[label]
    return labels
