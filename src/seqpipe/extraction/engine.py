"""The extraction engine: from pictures to the feature store by a CNN, at one layer or at several in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.lineage import Lineage, lineage_of, with_lineage
from seqpipe.core.progress import progress
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import PooledNode
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction import compiling, speed
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.index import RangeAdvice, check_range, feature_index, log_missing, sample_keys
from seqpipe.extraction.input import crop_count
from seqpipe.extraction.kept import made_once
from seqpipe.extraction.store import FeatureStore, Stored
from seqpipe.extraction.stream import WorkItem, extracted
from seqpipe.media.decoding.decode import DECODING_VERSION
from seqpipe.media.decoding.flow import stream_facts, stream_lineage
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads, repeatable, resolve_device, usable_cores

ENGINE_VERSION = 1
"""Raised when the engine computes other features from the same facts: the stores of before are left alone."""
SNIPPET_VERSION = 2
"""The same where snippets are read: then it is one of the facts, and else none."""
BATCH_SIZE = {"cpu": 8, "cuda": 256}
"""What ``features.batch_size: null`` takes: on a CPU, larger batches leave the cache and gain nothing."""

BACKBONE_ADVICE = RangeAdvice(
    "the backbone overflows in what it computes in. Give features.precision=float32, or other backbone.weights",
    "give features.dtype=float32 and features.precision=float32",
)


class FeatureLayer(NamedTuple):
    """Where x' is read, as ``features.layer`` and ``features.pool`` say it."""

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
    return extract_layers(samples, backbone, clip, config, runtime, store, [FeatureLayer(config.layer, config.pool)])[0]


def extract_layers(
    samples: pd.DataFrame,
    backbone: Backbone,
    clip: ClipConfig,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
    feature_layers: Sequence[FeatureLayer],
) -> list[pd.DataFrame]:
    """As ``extract`` at several layers, in one pass over the frames: a feature index for each layer, in their order.

    Each layer has the features, the store and the fingerprint that it has by itself. A sample is decoded and
    computed if any of the stores lacks it, and written to those that do. ``config.layer`` and ``config.pool`` are
    not looked at.
    """
    device = resolve_device(runtime)
    precision = speed.choose_precision(config.precision, backbone, device)
    size = backbone.transforms.size
    pooled_nodes = [
        PooledNode(layers.resolve(backbone.name, size, feature_layer.layer), feature_layer.pool)
        for feature_layer in feature_layers
    ]
    for pooled_node in pooled_nodes:
        backbone.check_readable(pooled_node.node)
    stores = {
        pooled_node: FeatureStore(store, _facts(backbone, pooled_node, clip, config, precision, device))
        for pooled_node in dict.fromkeys(pooled_nodes)
    }
    known = {pooled_node: features.scan() for pooled_node, features in stores.items()}
    keys = sample_keys(samples)
    work_items = _work_items(samples, keys, known, clip, backbone.transforms)
    log_missing(keys, len(work_items))
    if work_items:
        with exact_float32(precision), repeatable(runtime.deterministic):
            job = _Job(backbone, clip, config, runtime, precision, device, crops_a_frame(samples, backbone.transforms))
            for forward_pass in _forward_passes(work_items, stores, job):
                _run(work_items, forward_pass, job)
        known = {pooled_node: features.scan() for pooled_node, features in stores.items()}
    indexes = [
        feature_index(samples, keys, known[pooled_node], stores[pooled_node].fingerprint)
        for pooled_node in pooled_nodes
    ]
    return [
        with_lineage(
            index,
            lineage_of(samples),
            backbone.lineage,
            _lineage(feature_layer, pooled_node, clip, config, backbone.transforms, precision),
        )
        for index, feature_layer, pooled_node in zip(indexes, feature_layers, pooled_nodes, strict=True)
    ]


def crops_a_frame(samples: pd.DataFrame, transforms: Transforms) -> float:
    """How many passes a frame or snippet of these samples takes, on average: 1 but in the view ``crops``."""
    sizes = zip(samples["height"].tolist(), samples["width"].tolist(), strict=True)
    return float(np.mean([crop_count(*size, transforms) for size in sizes]))


@dataclass(frozen=True)
class _Job:
    """What every pass of an extraction shares."""

    backbone: Backbone
    clip: ClipConfig
    config: FeaturesConfig
    runtime: RuntimeConfig
    precision: str
    device: torch.device
    crops: float
    """Passes of a frame or snippet through the backbone, on average."""

    @property
    def compute_workers(self) -> int:
        return usable_cores(self.runtime) if self.device.type == "cpu" else 1

    def eager_seconds(self, work_items: list[WorkItem]) -> float:
        """About how long the backbone alone will take; zero where nobody asks."""
        if self.config.compile != "auto":
            return 0.0
        steps = sum(len(item.times_s) for item in work_items)
        rates = speed.frames_per_second(self.backbone, self.device)
        rate = rates.get(self.precision, rates["float32"])  # what is not native is not measured
        return steps * self.crops / rate / self.compute_workers


class _ForwardPass(NamedTuple):
    """One pass over the frames and the stores that it fills."""

    stores: dict[PooledNode, FeatureStore]
    compiled: bool


def _batch_size(config: FeaturesConfig, transforms: Transforms, device: torch.device) -> int:
    """Rows of a batch: frames, or as many snippets as have no more frames."""
    frames = config.batch_size or BATCH_SIZE[device.type]
    return frames if transforms.snippet is None else max(1, frames // transforms.snippet.frames)


def _facts(
    backbone: Backbone,
    pooled_node: PooledNode,
    clip: ClipConfig,
    config: FeaturesConfig,
    precision: str,
    device: torch.device,
) -> dict[str, Any]:
    """Whatever decides a frame's features to the last bit, and nothing else.

    Batch size, device, torch and compiling choose among kernels.
    """
    return {
        "engine": ENGINE_VERSION,
        "decoding": DECODING_VERSION,
        "backbone": backbone.name,
        "backbone_fingerprint": backbone.fingerprint,
        "layer": pooled_node.node,
        "pool": pooled_node.pool,
        "clip": sampling_facts(clip) | _snippet_facts(backbone.transforms),
        "precision": precision,
        "dtype": config.dtype,
        "batch_size": _batch_size(config, backbone.transforms, device),
        "device": device.type,
        "torch": str(torch.__version__),
        "compiled": "always" if config.compile == "always" else "as the store has decided",
        **stream_facts(clip),
        **({} if backbone.transforms.snippet is None else {"snippets": SNIPPET_VERSION}),
    }


def _snippet_facts(transforms: Transforms) -> dict[str, Any]:
    """What is read at each step, where it is more than a frame."""
    return {} if transforms.snippet is None else {"snippet": asdict(transforms.snippet)}


def _lineage(
    feature_layer: FeatureLayer,
    pooled_node: PooledNode,
    clip: ClipConfig,
    config: FeaturesConfig,
    transforms: Transforms,
    precision: str,
) -> Lineage:
    computed = {"precision": precision, "dtype": config.dtype}
    return {
        "features": {
            "layer": feature_layer.layer,
            "node": pooled_node.node,
            "pool": pooled_node.pool,
            **sampling_facts(clip),
            **_snippet_facts(transforms),
            **stream_lineage(clip),
            **computed,
        }
    }


def _work_items(
    samples: pd.DataFrame,
    keys: list[str],
    known: dict[PooledNode, dict[str, Stored]],
    clip: ClipConfig,
    transforms: Transforms,
) -> list[WorkItem]:
    """What any of the stores lacks, each content once."""
    missing: dict[str, WorkItem] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        pooled_nodes = frozenset(pooled_node for pooled_node, stored in known.items() if key not in stored)
        if pooled_nodes and key not in missing:
            times_s = clip_times(row["length"], row["rate"], row["duration_s"], clip, transforms.span)
            what = (row["id"], key, row["path"], row["kind"])
            missing[key] = WorkItem(*what, times_s, row["length"], row["duration_s"], pooled_nodes)
    return list(missing.values())


def _forward_passes(
    work_items: list[WorkItem], stores: dict[PooledNode, FeatureStore], job: _Job
) -> list[_ForwardPass]:
    """All that is read together shares one pass over the frames; each layer that is compiled has one by itself.

    What is read along with it would change a compiled layer's last bits. Where several layers are to be read,
    ``auto`` prefers the one pass.
    """
    lacking = {
        pooled_node: store
        for pooled_node, store in stores.items()
        if any(pooled_node in item.pooled_nodes for item in work_items)
    }
    seconds = job.eager_seconds(work_items) if len(lacking) == 1 else 0.0
    wanted = {pooled_node: compiling.is_wanted(job.config, store, seconds) for pooled_node, store in lacking.items()}
    together = {pooled_node: store for pooled_node, store in lacking.items() if not wanted[pooled_node]}
    alone = [
        _ForwardPass({pooled_node: store}, compiled=True)
        for pooled_node, store in lacking.items()
        if wanted[pooled_node]
    ]
    return [_ForwardPass(together, compiled=False), *alone] if together else alone


def _run(work_items: list[WorkItem], forward_pass: _ForwardPass, job: _Job) -> None:
    """Reads the frames of what the pass's stores lack."""
    config, pooled_nodes = job.config, list(forward_pass.stores)
    work_items = [item for item in work_items if not item.pooled_nodes.isdisjoint(pooled_nodes)]
    batch_size = _batch_size(config, job.backbone.transforms, job.device)
    extractor = made_once(Extractor, job.backbone, tuple(pooled_nodes), job.precision, job.device)
    if forward_pass.compiled:
        extractor = compiling.compiled(extractor, batch_size, config)
    workers = config.workers or usable_cores(job.runtime)
    reads = (job.backbone.transforms, job.clip)
    outputs = extracted(work_items, extractor, batch_size, *reads, workers, job.compute_workers)
    unit = "frame" if job.backbone.transforms.snippet is None else "snippet"
    with ExitStack() as stack:
        stack.enter_context(intra_op_threads(1))
        bar = stack.enter_context(progress(sum(len(item.times_s) for item in work_items), "features", unit))
        writers = {
            pooled_node: stack.enter_context(store.writer(config.dtype, config.shard_samples))
            for pooled_node, store in forward_pass.stores.items()
        }
        for item, features in stack.enter_context(closing(outputs)):
            for pooled_node, x in zip(pooled_nodes, features, strict=True):
                if pooled_node in item.pooled_nodes:
                    check_range(item.id, x, config.dtype, BACKBONE_ADVICE)
                    writers[pooled_node].add(item.key, item.times_s, x)
            bar.update(len(item.times_s))
