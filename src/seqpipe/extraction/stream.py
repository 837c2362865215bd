"""The stream from files to features.

    decoding threads        fill            lanes                    assemble
    file -> (n, 3, S, S) -> (B, 3, S, S) -> (B, D) float32 a tap ->  sample by sample
            uint8           uint8, across samples

Every arrow is bounded, so memory does not depend on the number of samples. On a CPU a lane is one core that
runs whole batches by itself: two cores doing a batch each are faster than two cores sharing one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from seqpipe.core.errors import UserError
from seqpipe.encoders.backbones import Transforms
from seqpipe.encoders.layers import Tap
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.input import to_input
from seqpipe.media.decoding.decode import read_frames
from seqpipe.media.frames import Kind
from seqpipe.runtime.parallel import ordered_map


class Task(NamedTuple):
    """One sample to extract, for the taps whose stores lack it."""

    id: str
    key: str
    path: str
    kind: Kind
    times_s: list[float]
    frame_count: int
    taps: frozenset[Tap]


class Decoded(NamedTuple):
    """A task with what is read of its n frames, (rows, 3, S, S) uint8: of each frame so many ``crops``, in order."""

    task: Task
    crops: list[int]
    frames: Tensor


class Piece(NamedTuple):
    """``rows`` rows of a batch that belong to a task, in order, and the crops of each of the task's frames."""

    task: Task
    crops: list[int]
    rows: int


@dataclass(frozen=True)
class Batch:
    """Frames of one or more samples, (B, 3, S, S) uint8; rows beyond the pieces are zeros."""

    frames: Tensor
    pieces: list[Piece]


def extracted(
    tasks: list[Task], extractor: Extractor, batch_size: int, transforms: Transforms, workers: int, lanes: int
) -> Generator[tuple[Task, list[np.ndarray]], None, None]:
    """Each task in order with its features, (n, D) float32 for each of the extractor's taps.

    Args:
        tasks: What to decode and compute.
        extractor: Run on batches of ``batch_size`` frames, filled across samples.
        transforms: How frames become its input.
        workers: Decoding threads.
        lanes: Batches computed at once.

    Raises:
        UserError: A file is gone or no longer decodes.
    """
    decoded = ordered_map(partial(_decode, transforms), tasks, workers, 2 * workers)
    batches = _fill(decoded, extractor, batch_size)
    with closing(ordered_map(partial(_compute, extractor), batches, lanes, lanes + 2)) as outputs:
        yield from _assemble(outputs)


def _compute(extractor: Extractor, batch: Batch) -> tuple[list[Piece], tuple[Tensor, ...]]:
    return batch.pieces, extractor.features(batch.frames)


def _decode(transforms: Transforms, task: Task) -> Decoded:
    """Resizes frame by frame: a whole clip at full size could fill the memory."""
    frames = readable_frames(task.path, task.kind, task.times_s, task.frame_count)
    inputs = [to_input(rgb[None], transforms) for rgb in frames]
    return Decoded(task, [len(crops) for crops in inputs], torch.cat(inputs))


def readable_frames(path: str, kind: Kind, times_s: Sequence[float], frame_count: int) -> Iterator[np.ndarray]:
    """The frames shown at ``times_s`` of a sample that has ``frame_count``, (H, W, 3) uint8, as torch takes them.

    They are neither mirrored views nor read-only.

    Raises:
        UserError: The file is gone or no longer decodes.
    """
    try:
        for rgb in read_frames(path, kind, times_s, frame_count):
            yield np.require(rgb, requirements=["C", "W"])
    except Exception as error:  # whatever a decoder makes of a file that was there, and good, at ingest
        raise UserError(
            f"{path} could be read when it was ingested and cannot now ({str(error) or type(error).__name__}): "
            f"put it back or take it out, and run again from `ingest`."
        ) from error


def _fill(decoded: Iterable[Decoded], extractor: Extractor, batch_size: int) -> Iterator[Batch]:
    """Batches of one shape, filled across samples; the last one is padded with zeros."""
    frames, pieces, filled = extractor.empty_batch(batch_size), list[Piece](), 0
    for task, crops, clip in decoded:
        taken = 0
        while taken < len(clip):
            rows = min(len(clip) - taken, batch_size - filled)
            frames[filled : filled + rows] = clip[taken : taken + rows]
            pieces.append(Piece(task, crops, rows))
            taken, filled = taken + rows, filled + rows
            if filled == batch_size:
                yield Batch(frames, pieces)
                frames, pieces, filled = extractor.empty_batch(batch_size), [], 0
    if filled:
        yield Batch(frames, pieces)


def _assemble(outputs: Iterable[tuple[list[Piece], tuple[Tensor, ...]]]) -> Iterator[tuple[Task, list[np.ndarray]]]:
    """Cuts the batches' outputs into samples again: each task with its (n, D) float32 features, tap by tap.

    A frame's features are the mean over its crops.
    """
    parts: list[list[np.ndarray]] = []
    for pieces, output in outputs:
        taps, start = [features.cpu().numpy() for features in output], 0
        for task, crops, count in pieces:
            parts.append([rows[start : start + count] for rows in taps])
            start += count
            if sum(len(part[0]) for part in parts) == sum(crops):
                yield task, [_frame_means(np.concatenate(tap), crops) for tap in zip(*parts, strict=True)]
                parts = []


def _frame_means(x: np.ndarray, crops: list[int]) -> np.ndarray:
    """(rows, D) float32 to (n, D): the mean of each frame's crops; a frame of one crop keeps its bits."""
    counts = np.array(crops)
    means: np.ndarray = np.add.reduceat(x, np.cumsum(counts) - counts) / counts[:, None].astype(x.dtype)
    return means
