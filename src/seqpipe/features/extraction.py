"""The extraction engine: a stream from files to the feature store.

    decoding threads        fill            lanes               assemble
    file -> (n, 3, S, S) -> (B, 3, S, S) -> (B, D) float32 ->   sample by sample to the store
            uint8           uint8, across samples

Every arrow is bounded, so memory does not depend on the number of samples. On a CPU a lane is one core that
runs whole batches by itself: two cores doing a batch each are faster than two cores sharing one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.devices import intra_op_threads, resolve_device, usable_cores
from seqpipe.errors import UserError
from seqpipe.features import compiling, layers, speed
from seqpipe.features.arithmetic import exact_float32, repeatable
from seqpipe.features.backbones import Backbone, Transforms
from seqpipe.features.extractor import Extractor
from seqpipe.features.frames import to_input
from seqpipe.features.parallel import ordered_map
from seqpipe.features.store import FeatureStore, Stored
from seqpipe.media.decode import read_frames
from seqpipe.media.frames import Kind
from seqpipe.media.sampling import clip_times
from seqpipe.progress import progress

log = logging.getLogger(__name__)

ENGINE_VERSION = 1
"""Raised when the engine computes other features from the same facts: the stores of before are left alone."""
BATCH_SIZE = {"cpu": 8, "cuda": 256}
"""What ``features.batch_size: null`` takes: on a CPU, larger batches leave the cache and gain nothing."""


class Task(NamedTuple):
    """One sample to extract."""

    id: str
    key: str
    path: str
    kind: Kind
    times_s: list[float]


class Decoded(NamedTuple):
    """A task with its n frames, (n, 3, S, S) uint8."""

    task: Task
    frames: Tensor


class Piece(NamedTuple):
    """``rows`` rows of a batch that belong to a task, in order."""

    task: Task
    rows: int


@dataclass(frozen=True)
class Batch:
    """Frames of one or more samples, (B, 3, S, S) uint8; rows beyond the pieces are zeros."""

    frames: Tensor
    pieces: list[Piece]


def extract(
    samples: pd.DataFrame,
    backbone: Backbone,
    clip: ClipConfig,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> pd.DataFrame:
    """Brings the features of every sample into the store and says where they lie.

    Only content that the store lacks is decoded and computed: a sample is known by its bytes, not its name.

    Args:
        samples: The table that ingest writes (id, path, kind, sha256, frames_decoded, fps, duration_s, ...).
        backbone: The CNN, its weights and transforms.
        clip: How frames are sampled.
        config: Layer, pooling, precision and speed.
        runtime: Device and threads.
        store: Root folder of the feature store.

    Returns:
        The feature index, a row a sample in their order: id, sha256, shard (relative to ``store``), frames,
        fingerprint (of everything that decides the features).

    Raises:
        UserError: A file is gone or no longer decodes, an unknown layer, features beyond float16's range.
    """
    device = resolve_device(runtime)
    node = layers.resolve(backbone.name, backbone.transforms.crop, config.layer)
    precision = speed.choose_precision(config.precision, backbone, device)
    features = FeatureStore(store, _facts(backbone, node, clip, config, precision, device))
    known = features.scan()
    keys = sample_keys(samples)
    tasks = _tasks(samples, keys, known, clip)
    log.info(
        "Features of %d samples: %d in the store, %d to extract.",
        len(samples),
        len(samples) - len(tasks),
        len(tasks),
    )
    if tasks:
        with exact_float32(precision), repeatable(runtime.deterministic):
            extractor = Extractor(backbone, node, config.pool, precision, device)
            batch_size = _batch_size(config, device)
            if compiling.is_wanted(config, features, _eager_seconds(tasks, backbone, extractor, config, runtime)):
                extractor = compiling.compiled(extractor, batch_size, config)
            _run(tasks, extractor, batch_size, features, backbone.transforms, config, runtime)
        known = features.scan()
    return _index(samples, keys, known, features.fingerprint)


def sample_keys(samples: pd.DataFrame) -> list[str]:
    """What the store knows each sample by: its kind and the digest of its bytes."""
    return [f"{kind}-{sha256}" for kind, sha256 in zip(samples["kind"], samples["sha256"], strict=True)]


def _batch_size(config: FeaturesConfig, device: torch.device) -> int:
    return config.batch_size or BATCH_SIZE[device.type]


def _facts(
    backbone: Backbone, node: str, clip: ClipConfig, config: FeaturesConfig, precision: str, device: torch.device
) -> dict[str, Any]:
    """Whatever decides a frame's features to the last bit, and nothing else.

    A sampling's unused knobs are left out. Batch size, device, torch and compiling choose among kernels.
    """
    sampling = {"sampling": clip.sampling, "frames": clip.frames}
    if clip.sampling != "uniform":
        sampling[clip.sampling] = getattr(clip, clip.sampling)
    return {
        "engine": ENGINE_VERSION,
        "backbone": backbone.name,
        "backbone_fingerprint": backbone.fingerprint,
        "layer": node,
        "pool": config.pool,
        "clip": sampling,
        "precision": precision,
        "dtype": config.dtype,
        "batch_size": _batch_size(config, device),
        "device": device.type,
        "torch": str(torch.__version__),
        "compiled": "always" if config.compile == "always" else "as the store has decided",
    }


def _tasks(samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], clip: ClipConfig) -> list[Task]:
    """What the store lacks, each content once."""
    missing: dict[str, Task] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        if key not in known and key not in missing:
            times_s = clip_times(row["frames_decoded"], row["fps"], row["duration_s"], clip)
            missing[key] = Task(row["id"], key, row["path"], row["kind"], times_s)
    return list(missing.values())


def _index(samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], fingerprint: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": samples["id"].to_numpy(),
            "sha256": samples["sha256"].to_numpy(),
            "shard": [known[key].shard for key in keys],
            "frames": [known[key].frames for key in keys],
            "fingerprint": fingerprint,
        }
    )


def _lanes(device: torch.device, runtime: RuntimeConfig) -> int:
    return usable_cores(runtime) if device.type == "cpu" else 1


def _eager_seconds(
    tasks: list[Task],
    backbone: Backbone,
    extractor: Extractor,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
) -> float:
    """About how long the backbone alone will take; zero where nobody asks."""
    if config.compile != "auto":
        return 0.0
    frames = sum(len(task.times_s) for task in tasks)
    rates = speed.frames_per_second(backbone, extractor.device)
    rate = rates.get(extractor.precision, rates["float32"])  # what is not native is not measured
    return frames / rate / _lanes(extractor.device, runtime)


def _run(
    tasks: list[Task],
    extractor: Extractor,
    batch_size: int,
    features: FeatureStore,
    transforms: Transforms,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
) -> None:
    workers = config.workers or usable_cores(runtime)
    lanes = _lanes(extractor.device, runtime)
    total = sum(len(task.times_s) for task in tasks)
    with (
        intra_op_threads(1),
        progress(total, "features", "frame") as bar,
        features.writer(config.dtype, config.shard_samples) as writer,
    ):
        decoded = ordered_map(partial(_decode, transforms), tasks, workers, 2 * workers)
        batches = _fill(decoded, extractor, batch_size)
        with closing(ordered_map(partial(_compute, extractor), batches, lanes, lanes + 2)) as outputs:
            for task, x in _assemble(outputs):
                _check_range(task, x, config.dtype)
                writer.add(task.key, task.times_s, x)
                bar.update(len(x))


def _compute(extractor: Extractor, batch: Batch) -> tuple[list[Piece], Tensor]:
    return batch.pieces, extractor.features(batch.frames)


def _decode(transforms: Transforms, task: Task) -> Decoded:
    """Resizes frame by frame: a whole clip at full size could fill the memory."""
    return Decoded(task, torch.cat([to_input(rgb[None], transforms) for rgb in _frames(task)]))


def _frames(task: Task) -> Iterator[np.ndarray]:
    """The task's frames, (H, W, 3) uint8, as torch takes them: neither mirrored views nor read-only."""
    try:
        for rgb in read_frames(task.path, task.kind, task.times_s):
            yield np.require(rgb, requirements=["C", "W"])
    except Exception as error:  # whatever a decoder makes of a file that was there, and good, at ingest
        raise UserError(
            f"{task.path} could be read when it was ingested and cannot now ({str(error) or type(error).__name__}): "
            f"put it back or take it out, and run again from `ingest`."
        ) from error


def _fill(decoded: Iterable[Decoded], extractor: Extractor, batch_size: int) -> Iterator[Batch]:
    """Batches of one shape, filled across samples; the last one is padded with zeros."""
    frames, pieces, filled = extractor.empty_batch(batch_size), list[Piece](), 0
    for task, clip in decoded:
        taken = 0
        while taken < len(clip):
            rows = min(len(clip) - taken, batch_size - filled)
            frames[filled : filled + rows] = clip[taken : taken + rows]
            pieces.append(Piece(task, rows))
            taken, filled = taken + rows, filled + rows
            if filled == batch_size:
                yield Batch(frames, pieces)
                frames, pieces, filled = extractor.empty_batch(batch_size), [], 0
    if filled:
        yield Batch(frames, pieces)


def _assemble(outputs: Iterable[tuple[list[Piece], Tensor]]) -> Iterator[tuple[Task, np.ndarray]]:
    """Cuts the batches' outputs into samples again: each task with its (n, D) float32 features."""
    parts: list[np.ndarray] = []
    for pieces, output in outputs:
        rows, start = output.cpu().numpy(), 0
        for task, count in pieces:
            parts.append(rows[start : start + count])
            start += count
            if sum(map(len, parts)) == len(task.times_s):
                yield task, np.concatenate(parts)
                parts = []


def _check_range(task: Task, x: np.ndarray, dtype: str) -> None:
    largest = np.abs(x).max()
    if not largest <= np.finfo(dtype).max:
        raise UserError(
            f"The features of {task.id} reach {largest:g}, which {dtype} cannot hold: "
            f"give features.dtype=float32 and features.precision=float32."
        )
