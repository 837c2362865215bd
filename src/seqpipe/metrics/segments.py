"""How well a video is cut into segments: pure functions on a label a frame, one video at a time.

A segment is a run of frames of one label. Frame accuracy hardly notices a video that is cut into too many pieces;
edit score and F1 at an overlap do (Lea et al., Temporal Convolutional Networks for Action Segmentation and Detection,
CVPR 2017).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import NamedTuple

import numpy as np

UNLABELLED = -100
"""The target of a frame that nobody has labelled; torch's losses pass over it, too."""
OVERLAPS = (0.10, 0.25, 0.50)
"""The intersections over union at which F1 is usually given."""


class Segment(NamedTuple):
    """Frames ``start`` to ``end`` (not included) of class ``label``."""

    start: int
    end: int
    label: int


def segments_of(labels: np.ndarray, background: Collection[int] = ()) -> list[Segment]:
    """The runs of equal labels in (T,) int, in order; those of ``background`` and unlabelled frames left out."""
    if not len(labels):
        return []
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(labels)]])
    left_out = {UNLABELLED, *background}
    runs = (Segment(int(start), int(end), int(labels[start])) for start, end in zip(starts, ends, strict=True))
    return [run for run in runs if run.label not in left_out]


def frame_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the labelled frames (T,) that are right; not a number where none is labelled."""
    labelled = truth != UNLABELLED
    return float((truth[labelled] == predicted[labelled]).mean()) if labelled.any() else float("nan")


def edit_score(truth: np.ndarray, predicted: np.ndarray, background: Collection[int] = ()) -> float:
    """1 - (Levenshtein distance between the two orders of segments) / (the longer one's length), in [0, 1].

    Where a segment begins and how long it lasts does not count. Frames (T,) that are unlabelled in ``truth`` are
    taken out of both first. 1 where both have no segment.
    """
    said, wanted = _orders(truth, predicted, background)
    longest = max(len(said), len(wanted))
    return 1.0 - levenshtein(wanted, said) / longest if longest else 1.0


def _orders(truth: np.ndarray, predicted: np.ndarray, background: Collection[int]) -> tuple[list[int], list[int]]:
    """The labels of the segments, of what is predicted and of the truth."""
    labelled = truth != UNLABELLED
    predicted_order, true_order = (
        [segment.label for segment in segments_of(labels[labelled], background)] for labels in (predicted, truth)
    )
    return predicted_order, true_order


def levenshtein(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """The fewest insertions, deletions and substitutions that make ``a`` into ``b``."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


class Matches(NamedTuple):
    """Segments that were hit, those predicted beside one, and those missed."""

    hits: int
    false: int
    missed: int

    @property
    def f1(self) -> float:
        """2 hits / (2 hits + false + missed); 1 where there was nothing to find and nothing was predicted."""
        total = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / total if total else 1.0


def matched_segments(
    truth: np.ndarray, predicted: np.ndarray, overlap: float, background: Collection[int] = ()
) -> Matches:
    """Predicted segments against true ones of the same label, each true one hit once at most.

    A predicted segment hits the true one of its label with which its intersection over union is largest, where that
    is at least ``overlap`` (in (0, 1]) and none has hit it before. Frames (T,) that are unlabelled in ``truth`` are
    taken out of both first.
    """
    labelled = truth != UNLABELLED
    wanted = segments_of(truth[labelled], background)
    found: set[int] = set()
    false = 0
    for segment in segments_of(predicted[labelled], background):
        ious = [_iou(segment, other) if other.label == segment.label else 0.0 for other in wanted]
        best = int(np.argmax(ious)) if ious else 0
        if ious and ious[best] >= overlap and best not in found:
            found.add(best)
        else:
            false += 1
    return Matches(len(found), false, len(wanted) - len(found))


def _iou(a: Segment, b: Segment) -> float:
    shared = min(a.end, b.end) - max(a.start, b.start)
    return max(shared, 0) / (max(a.end, b.end) - min(a.start, b.start))


def segment_scores(truth: np.ndarray, predicted: np.ndarray, background: Collection[int] = ()) -> dict[str, float]:
    """Of one video (T,): ``frame_accuracy``, ``edit``, and ``f1_10``, ``f1_25``, ``f1_50``, each in [0, 1]."""
    f1 = {f"f1_{100 * at:.0f}": matched_segments(truth, predicted, at, background).f1 for at in OVERLAPS}
    return {
        "frame_accuracy": frame_accuracy(truth, predicted),
        "edit": edit_score(truth, predicted, background),
        **f1,
    }
