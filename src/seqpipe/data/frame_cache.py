"""The frame cache: every sample decoded once, its T frames kept as bytes for all the epochs of a training.

    <folder>/<fingerprint>/meta.json        how the frames were sampled and resized
    <folder>/<fingerprint>/*.safetensors    the frames, keyed by the content of their sample

Frames are kept resized but not cropped: what ``cropped`` takes of one is what the backbone reads in extraction, bit for
bit, and a training may crop as it likes. A sample is known by its bytes, so a second run decodes only what is new.
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from seqpipe.config import ClipConfig, RuntimeConfig
from seqpipe.core.files import remove_leftovers, written_aside
from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.progress import progress
from seqpipe.data.frame_shards import Place, ShardWriter, read_frame, scan
from seqpipe.encoders.backbones import Transforms
from seqpipe.extraction.index import sample_keys
from seqpipe.extraction.input import resized, resized_facts
from seqpipe.extraction.stream import readable_frames
from seqpipe.media.decoding.decode import DECODING_VERSION
from seqpipe.media.frames import MediaType
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.runtime.devices import intra_op_threads, usable_cores
from seqpipe.runtime.parallel import ordered_map

log = logging.getLogger(__name__)

VERSION = 1
"""Raised when other frames come of the same facts: the caches of before are left alone."""


@dataclass(frozen=True, eq=False)
class Frames:
    """The frames of N samples, on disk.

    Attributes:
        keys: What each sample is known by: its kind and the digest of its bytes.
        shards: The files.
        places: (F, 4) int64: a `Place` for each frame, sample by sample.
        starts: (N + 1,): the frames of sample i are ``places[starts[i]:starts[i + 1]]``.
    """

    keys: list[str]
    shards: list[Path]
    places: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def count(self, i: int) -> int:
        """How many frames sample i has, at least one."""
        return int(self.starts[i + 1] - self.starts[i])

    def frame(self, i: int, j: int) -> np.ndarray:
        """Frame j of sample i: (H, W, 3) uint8 RGB, mapped from the disk while the array is held.

        Raises:
            UserError: The cache was removed or damaged since it was opened.
        """
        shard, *where = self._place(i, j)
        return read_frame(self.shards[shard], *where)

    def size(self, i: int, j: int) -> tuple[int, int]:
        """Height and width of frame j of sample i, pixels; nothing is read."""
        place = self._place(i, j)
        return place.height, place.width

    def backwards(self) -> Frames:
        """The same samples with the frames of each from last to first."""
        ends = self.starts[1:] - 1
        each = np.repeat(ends + self.starts[:-1], np.diff(self.starts))
        return replace(self, places=self.places[each - np.arange(len(self.places))])

    def _place(self, i: int, j: int) -> Place:
        if not 0 <= j < self.count(i):
            raise IndexError(f"sample {i} has {self.count(i)} frames; there is no frame {j}")
        return Place(*self.places[self.starts[i] + j].tolist())


class _Task(NamedTuple):
    """One sample to decode."""

    key: str
    path: str
    kind: MediaType
    times_s: list[float]
    frame_count: int


def cached_frames(
    samples: pd.DataFrame, transforms: Transforms, clip: ClipConfig, runtime: RuntimeConfig, folder: Path
) -> Frames:
    """The frames of all samples; those that the cache lacks are decoded first.

    Args:
        samples: The table that ingest writes (id, path, kind, sha256, length, rate, duration_s, ...).
        transforms: How frames are resized.
        clip: How frames are sampled.
        runtime: Threads.
        folder: Where frames are kept; a frame takes some 200 KB at a shorter side of 256 pixels.

    Raises:
        UserError: A file is gone or no longer decodes, or the disk is full. What was finished is kept.
    """
    home = _home(folder, _facts(transforms, clip))
    shards, found = scan(home)
    keys = sample_keys(samples)
    tasks = _tasks(samples, keys, found, clip)
    log.info("Frames of %d samples: %d in the cache, %d to decode.", len(keys), len(keys) - len(tasks), len(tasks))
    if tasks:
        _decode_all(tasks, transforms, usable_cores(runtime), home)
        shards, found = scan(home)
    starts = np.cumsum([0, *(len(found[key]) for key in keys)])
    places = np.concatenate([found[key] for key in keys]) if keys else np.empty((0, len(Place._fields)), np.int64)
    return Frames(keys, shards, places, starts)


def frames_fingerprint(transforms: Transforms, clip: ClipConfig) -> str:
    """Of whatever decides a cached frame to the last bit, beside the sample."""
    return fingerprint(_facts(transforms, clip))


def _facts(transforms: Transforms, clip: ClipConfig) -> dict[str, Any]:
    """Whatever decides a cached frame to the last bit."""
    return {
        "version": VERSION,
        "decoding": DECODING_VERSION,
        **resized_facts(transforms),
        "clip": sampling_facts(clip),
        "torch": str(torch.__version__),
    }


def _home(folder: Path, facts: dict[str, Any]) -> Path:
    home = folder / fingerprint(facts)
    if not (home / "meta.json").exists():
        with written_aside(home / "meta.json") as aside:
            aside.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if remove_leftovers(home):
        log.info("Removed what an interrupted run had left half written in the frame cache.")
    return home


def _tasks(samples: pd.DataFrame, keys: list[str], found: dict[str, np.ndarray], clip: ClipConfig) -> list[_Task]:
    """What the cache lacks, each content once."""
    missing: dict[str, _Task] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        if key not in found and key not in missing:
            times_s = clip_times(row["length"], row["rate"], row["duration_s"], clip)
            missing[key] = _Task(key, row["path"], row["kind"], times_s, row["length"])
    return list(missing.values())


def _decode_all(tasks: list[_Task], transforms: Transforms, workers: int, home: Path) -> None:
    total = sum(len(task.times_s) for task in tasks)
    with (
        intra_op_threads(1),
        progress(total, "frames", "frame") as bar,
        ShardWriter(home) as writer,
        closing(ordered_map(partial(_decoded, transforms), tasks, workers, 2 * workers)) as decoded,
    ):
        for task, frames in zip(tasks, decoded, strict=True):
            writer.add(task.key, frames)
            bar.update(len(frames))


def _decoded(transforms: Transforms, task: _Task) -> list[np.ndarray]:
    """Resizes frame by frame: a whole clip at full size could fill the memory."""
    frames = readable_frames(task.path, task.kind, task.times_s, task.frame_count)
    return [resized(rgb[None], transforms)[0].permute(1, 2, 0).contiguous().numpy() for rgb in frames]
