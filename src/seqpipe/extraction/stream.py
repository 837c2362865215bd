"""The stream from files to features.

    decoding threads        fill            compute workers                  assemble
    file -> (n, 3, S, S) -> (B, 3, S, S) -> (B, D) float32 a pooled node ->  sample by sample
            uint8           uint8, across samples

Of a video backbone a row of a batch is a snippet, (B, 3, L, S, S). Snippets may overlap: each frame is decoded, resized
and kept once, and copied where it is read when a batch is filled.

Every arrow is bounded, so memory does not depend on the number of samples. On a CPU a compute worker is one core that
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

from seqpipe.config import StreamConfig
from seqpipe.core.errors import UserError
from seqpipe.encoders.layers import PooledNode
from seqpipe.encoders.transforms import Snippet, Transforms
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.input import to_input
from seqpipe.extraction.snippets import Snippets, snippets_at
from seqpipe.media.decoding.decode import read_frames
from seqpipe.media.decoding.flow import read_flow
from seqpipe.media.decoding.timing import frame_edges
from seqpipe.media.frames import InvalidSample, MediaType
from seqpipe.runtime.parallel import ordered_map


class WorkItem(NamedTuple):
    """One sample to extract at the times of its steps, for the pooled nodes whose stores lack it."""

    id: str
    key: str
    path: str
    kind: MediaType
    times_s: list[float]
    frame_count: int
    duration_s: float
    pooled_nodes: frozenset[PooledNode]


class Decoded(NamedTuple):
    """A work item with what is read of its frames, (crops of all frames, 3, S, S) uint8.

    Attributes:
        crops: Of each of its n steps, in order: as many rows of a batch.
        frames: The crops of each frame, one after another.
        rows: (sum of crops, L) which of these a row reads, where it reads a snippet; else each row is one of them.
    """

    item: WorkItem
    crops: list[int]
    frames: Tensor
    rows: Tensor | None

    def read(self, start: int, stop: int) -> Tensor:
        """These rows, as a batch holds them: (rows, 3, S, S) or (rows, 3, L, S, S) uint8."""
        if self.rows is None:
            return self.frames[start:stop]
        return self.frames[self.rows[start:stop]].transpose(1, 2)


class Piece(NamedTuple):
    """``rows`` rows of a batch that belong to a work item, in order, and the crops of each of its steps."""

    item: WorkItem
    crops: list[int]
    rows: int


@dataclass(frozen=True)
class Batch:
    """Frames or snippets of one or more samples, as the extractor reads them; rows beyond the pieces are zeros."""

    frames: Tensor
    pieces: list[Piece]


def extracted(
    work_items: list[WorkItem],
    extractor: Extractor,
    batch_size: int,
    transforms: Transforms,
    reads: StreamConfig,
    workers: int,
    compute_workers: int,
) -> Generator[tuple[WorkItem, list[np.ndarray]], None, None]:
    """Each work item in order with its features, (n, D) float32 for each of the extractor's pooled nodes.

    Args:
        work_items: What to decode and compute.
        extractor: Run on batches of ``batch_size`` frames or snippets, filled across samples.
        transforms: How frames become its input.
        reads: What is read of a sample at its times.
        workers: Decoding threads.
        compute_workers: Batches computed at once.

    Raises:
        UserError: A file is gone or no longer decodes.
    """
    decoded = ordered_map(partial(_decode, transforms, reads), work_items, workers, 2 * workers)
    batches = _fill(decoded, extractor, batch_size)
    with closing(ordered_map(partial(_compute, extractor), batches, compute_workers, compute_workers + 2)) as outputs:
        yield from _assemble(outputs)


def _compute(extractor: Extractor, batch: Batch) -> tuple[list[Piece], tuple[Tensor, ...]]:
    return batch.pieces, extractor.features(batch.frames)


def _decode(transforms: Transforms, reads: StreamConfig, item: WorkItem) -> Decoded:
    """Resizes frame by frame: a whole clip at full size could fill the memory."""
    snippets = None if transforms.snippet is None else _snippets(item, transforms.snippet)
    frames_s = item.times_s if snippets is None else snippets.frames_s
    frames = readable_frames(item.path, item.kind, frames_s, item.frame_count, reads)
    inputs = [to_input(rgb[None], transforms) for rgb in frames]
    if snippets is None:
        return Decoded(item, [len(crops) for crops in inputs], torch.cat(inputs), None)
    crops = len(inputs[0])  # all frames of a sample are of one size
    rows = torch.from_numpy(snippets.numbers)[:, None] * crops + torch.arange(crops)[:, None]
    return Decoded(item, [crops] * len(item.times_s), torch.cat(inputs), rows.flatten(0, 1))


def _snippets(item: WorkItem, snippet: Snippet) -> Snippets:
    """Raises a UserError where the file is gone or no longer decodes."""
    try:
        edges_s = frame_edges(item.path, item.kind, item.frame_count, item.duration_s)
    except Exception as error:  # as below
        raise _unread(item.path, error) from error
    return snippets_at(item.times_s, edges_s, snippet)


def readable_frames(
    path: str, kind: MediaType, times_s: Sequence[float], frame_count: int, reads: StreamConfig
) -> Iterator[np.ndarray]:
    """What is read at ``times_s`` of a sample that has ``frame_count``, (H, W, 3) uint8, as torch takes it.

    These are the frames, or pictures of the flow at them, neither mirrored views nor read-only.

    Raises:
        UserError: The file is gone or no longer decodes, it has no flow, or OpenCV is missing for that.
    """
    given = (path, kind, times_s, frame_count)
    try:
        for picture in read_flow(*given, reads.flow_side) if reads.stream == "flow" else read_frames(*given):
            yield np.require(picture, requirements=["C", "W"])
    except UserError:
        raise
    except Exception as error:  # whatever a decoder makes of a file that was there, and good, at ingest
        raise _unread(path, error) from error


def _unread(path: str, error: Exception) -> UserError:
    if isinstance(error, InvalidSample) and error.reason == "single_frame":
        return UserError(
            f"{path} was ingested for the stream rgb and has no flow: {error.detail} Run again from `probe_samples`, "
            "which sets it aside."
        )
    return UserError(
        f"{path} could be read when it was ingested and cannot now ({str(error) or type(error).__name__}): put it back "
        "or take it out, and run again from `ingest`."
    )


def _fill(decoded: Iterable[Decoded], extractor: Extractor, batch_size: int) -> Iterator[Batch]:
    """Batches of one shape, filled across samples; the last one is padded with zeros."""
    frames, pieces, filled = extractor.empty_batch(batch_size), list[Piece](), 0
    for sample in decoded:
        taken, count = 0, sum(sample.crops)
        while taken < count:
            rows = min(count - taken, batch_size - filled)
            frames[filled : filled + rows] = sample.read(taken, taken + rows)
            pieces.append(Piece(sample.item, sample.crops, rows))
            taken, filled = taken + rows, filled + rows
            if filled == batch_size:
                yield Batch(frames, pieces)
                frames, pieces, filled = extractor.empty_batch(batch_size), [], 0
    if filled:
        yield Batch(frames, pieces)


def _assemble(outputs: Iterable[tuple[list[Piece], tuple[Tensor, ...]]]) -> Iterator[tuple[WorkItem, list[np.ndarray]]]:
    """Cuts the batches' outputs into samples again: each work item with its features, (n, D) float32 a pooled node.

    A step's features are the mean over its crops.
    """
    parts: list[list[np.ndarray]] = []
    for pieces, output in outputs:
        arrays, start = [features.cpu().numpy() for features in output], 0
        for item, crops, count in pieces:
            parts.append([rows[start : start + count] for rows in arrays])
            start += count
            if sum(len(part[0]) for part in parts) == sum(crops):
                yield item, [_step_means(np.concatenate(part), crops) for part in zip(*parts, strict=True)]
                parts = []


def _step_means(x: np.ndarray, crops: list[int]) -> np.ndarray:
    """(rows, D) float32 to (n, D): the mean of each step's crops; a step of one crop keeps its bits."""
    counts = np.array(crops)
    means: np.ndarray = np.add.reduceat(x, np.cumsum(counts) - counts) / counts[:, None].astype(x.dtype)
    return means
