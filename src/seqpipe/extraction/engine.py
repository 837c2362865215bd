"""The extraction engine: from pictures to the feature store by a CNN, at one layer or at several in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.lineage import Lineage, lineage_of, with_lineage
from seqpipe.core.progress import progress
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone, Transforms
from seqpipe.encoders.layers import Tap
from seqpipe.extraction import compiling, speed
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.index import check_range, feature_index, log_missing, sample_keys
from seqpipe.extraction.input import crop_count
from seqpipe.extraction.store import FeatureStore, Stored
from seqpipe.extraction.stream import Task, extracted
from seqpipe.media.decoding.decode import DECODING_VERSION
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads, repeatable, resolve_device, usable_cores

ENGINE_VERSION = 1
"""Raised when the engine computes other features from the same facts: the stores of before are left alone."""
BATCH_SIZE = {"cpu": 8, "cuda": 256}
"""What ``features.batch_size: null`` takes: on a CPU, larger batches leave the cache and gain nothing."""


class Read(NamedTuple):
    """A place where x' is read, as ``features.layer`` and ``features.pool`` say it."""

    layer: str
    pool: str


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
        samples: The table that ingest writes (id, path, kind, sha256, length, rate, duration_s, ...).
        backbone: The CNN, its weights and transforms.
        clip: How frames are sampled.
        config: Layer, pooling, precision and speed.
        runtime: Device and threads.
        store: Root folder of the feature store.

    Returns:
        The feature index, a row a sample in their order: id, sha256, shard (relative to ``store``), frames,
        fingerprint (of everything that decides the features). It carries the lineage of samples, backbone and layer.

    Raises:
        UserError: A file is gone or no longer decodes, an unknown layer, features beyond float16's range.
    """
    return extract_layers(samples, backbone, clip, config, runtime, store, [Read(config.layer, config.pool)])[0]


def extract_layers(
    samples: pd.DataFrame,
    backbone: Backbone,
    clip: ClipConfig,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
    reads: Sequence[Read],
) -> list[pd.DataFrame]:
    """As ``extract`` at several layers, in one pass over the frames: a feature index for each read, in their order.

    Each layer has the features, the store and the fingerprint that it has by itself. A sample is decoded and
    computed if any of the stores lacks it, and written to those that do. ``config.layer`` and ``config.pool`` are
    not looked at.
    """
    device = resolve_device(runtime)
    precision = speed.choose_precision(config.precision, backbone, device)
    size = backbone.transforms.crop
    taps = [Tap(layers.resolve(backbone.name, size, read.layer), read.pool) for read in reads]
    for tap in taps:
        backbone.check_readable(tap.node)
    stores = {
        tap: FeatureStore(store, _facts(backbone, tap, clip, config, precision, device)) for tap in dict.fromkeys(taps)
    }
    known = {tap: features.scan() for tap, features in stores.items()}
    keys = sample_keys(samples)
    tasks = _tasks(samples, keys, known, clip)
    log_missing(keys, len(tasks))
    if tasks:
        with exact_float32(precision), repeatable(runtime.deterministic):
            job = _Job(backbone, config, runtime, precision, device, crops_a_frame(samples, backbone.transforms))
            for passed in _passes(tasks, stores, job):
                _run(tasks, passed, job)
        known = {tap: features.scan() for tap, features in stores.items()}
    indexes = [feature_index(samples, keys, known[tap], stores[tap].fingerprint) for tap in taps]
    return [
        with_lineage(index, lineage_of(samples), backbone.lineage, _lineage(read, tap, clip, config, precision))
        for index, read, tap in zip(indexes, reads, taps, strict=True)
    ]


def crops_a_frame(samples: pd.DataFrame, transforms: Transforms) -> float:
    """How many passes a frame of these samples takes, on average: 1 but in the view ``crops``."""
    sizes = zip(samples["height"].tolist(), samples["width"].tolist(), strict=True)
    return float(np.mean([crop_count(*size, transforms) for size in sizes]))


@dataclass(frozen=True)
class _Job:
    """What every pass of an extraction shares."""

    backbone: Backbone
    config: FeaturesConfig
    runtime: RuntimeConfig
    precision: str
    device: torch.device
    crops: float
    """Passes of a frame through the backbone, on average."""

    @property
    def lanes(self) -> int:
        return usable_cores(self.runtime) if self.device.type == "cpu" else 1

    def eager_seconds(self, tasks: list[Task]) -> float:
        """About how long the backbone alone will take; zero where nobody asks."""
        if self.config.compile != "auto":
            return 0.0
        frames = sum(len(task.times_s) for task in tasks)
        rates = speed.frames_per_second(self.backbone, self.device)
        rate = rates.get(self.precision, rates["float32"])  # what is not native is not measured
        return frames * self.crops / rate / self.lanes


class _Pass(NamedTuple):
    """One pass over the frames and the stores that it fills."""

    stores: dict[Tap, FeatureStore]
    compiled: bool


def _batch_size(config: FeaturesConfig, device: torch.device) -> int:
    return config.batch_size or BATCH_SIZE[device.type]


def _facts(
    backbone: Backbone, tap: Tap, clip: ClipConfig, config: FeaturesConfig, precision: str, device: torch.device
) -> dict[str, Any]:
    """Whatever decides a frame's features to the last bit, and nothing else.

    Batch size, device, torch and compiling choose among kernels.
    """
    return {
        "engine": ENGINE_VERSION,
        "decoding": DECODING_VERSION,
        "backbone": backbone.name,
        "backbone_fingerprint": backbone.fingerprint,
        "layer": tap.node,
        "pool": tap.pool,
        "clip": sampling_facts(clip),
        "precision": precision,
        "dtype": config.dtype,
        "batch_size": _batch_size(config, device),
        "device": device.type,
        "torch": str(torch.__version__),
        "compiled": "always" if config.compile == "always" else "as the store has decided",
    }


def _lineage(read: Read, tap: Tap, clip: ClipConfig, config: FeaturesConfig, precision: str) -> Lineage:
    computed = {"precision": precision, "dtype": config.dtype}
    return {"features": {"layer": read.layer, "node": tap.node, "pool": tap.pool, **sampling_facts(clip), **computed}}


def _tasks(samples: pd.DataFrame, keys: list[str], known: dict[Tap, dict[str, Stored]], clip: ClipConfig) -> list[Task]:
    """What any of the stores lacks, each content once."""
    missing: dict[str, Task] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        taps = frozenset(tap for tap, stored in known.items() if key not in stored)
        if taps and key not in missing:
            times_s = clip_times(row["length"], row["rate"], row["duration_s"], clip)
            missing[key] = Task(row["id"], key, row["path"], row["kind"], times_s, row["length"], taps)
    return list(missing.values())


def _passes(tasks: list[Task], stores: dict[Tap, FeatureStore], job: _Job) -> list[_Pass]:
    """All that is read together shares one pass over the frames; each layer that is compiled has one by itself.

    What is read along with it would change a compiled layer's last bits. Where several layers are to be read,
    ``auto`` prefers the one pass.
    """
    lacking = {tap: store for tap, store in stores.items() if any(tap in task.taps for task in tasks)}
    seconds = job.eager_seconds(tasks) if len(lacking) == 1 else 0.0
    wanted = {tap: compiling.is_wanted(job.config, store, seconds) for tap, store in lacking.items()}
    together = {tap: store for tap, store in lacking.items() if not wanted[tap]}
    alone = [_Pass({tap: store}, compiled=True) for tap, store in lacking.items() if wanted[tap]]
    return [_Pass(together, compiled=False), *alone] if together else alone


def _run(tasks: list[Task], passed: _Pass, job: _Job) -> None:
    """Reads the frames of what the pass's stores lack."""
    config, taps = job.config, list(passed.stores)
    tasks = [task for task in tasks if not task.taps.isdisjoint(taps)]
    batch_size = _batch_size(config, job.device)
    extractor = Extractor(job.backbone, taps, job.precision, job.device)
    if passed.compiled:
        extractor = compiling.compiled(extractor, batch_size, config)
    workers = config.workers or usable_cores(job.runtime)
    outputs = extracted(tasks, extractor, batch_size, job.backbone.transforms, workers, job.lanes)
    with ExitStack() as stack:
        stack.enter_context(intra_op_threads(1))
        bar = stack.enter_context(progress(sum(len(task.times_s) for task in tasks), "features", "frame"))
        writers = {
            tap: stack.enter_context(store.writer(config.dtype, config.shard_samples))
            for tap, store in passed.stores.items()
        }
        for task, features in stack.enter_context(closing(outputs)):
            for tap, x in zip(taps, features, strict=True):
                if tap in task.taps:
                    check_range(task.id, x, config.dtype)
                    writers[tap].add(task.key, task.times_s, x)
            bar.update(len(task.times_s))
