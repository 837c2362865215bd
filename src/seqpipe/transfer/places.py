"""The places where x' is read: backbones times layers, one pass over the frames a backbone."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, FeaturesConfig, LayerConfig, RuntimeConfig
from seqpipe.features import layers
from seqpipe.features.backbones import Backbone
from seqpipe.features.dprime import DPrime, build_dprime
from seqpipe.features.extraction import Read, crops_a_frame, extract_layers
from seqpipe.features.flops import forward_flops
from seqpipe.features.gather import Spill
from seqpipe.features.mapped import MappedRows
from seqpipe.models.rows import Vectors

logger = logging.getLogger(__name__)

FEATURES, SOURCE_HEAD = "features", "source head"
SAMPLES_AT_ONCE = 256
INDEX = ["id", "sha256", "shard", "frames", "fingerprint"]


@dataclass(frozen=True)
class Place:
    """One place: which backbone (by its number, and what it is called), layer and pooling; what a frame costs there."""

    number: int
    backbone: str
    layer: str
    node: str
    pool: str
    gflops: float
    role: str


def extract_all(
    samples: pd.DataFrame,
    backbones: Sequence[Backbone],
    wanted: Sequence[LayerConfig],
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> pd.DataFrame:
    """Fills the stores of every layer of every backbone, and of the source task's answers.

    Returns:
        The feature indexes of all places, one below the other, with the columns of `Place`.
    """
    tables = []
    for number, (backbone, label) in enumerate(zip(backbones, labels_of(backbones), strict=True)):
        places = _places(number, backbone, label, wanted, crops_a_frame(samples, backbone.transforms))
        reads = [Read(place.layer, place.pool) for place in places]
        indexes = extract_layers(samples, backbone, clip, features, runtime, store, reads)
        tables += [index.assign(**vars(place)) for place, index in zip(places, indexes, strict=True)]
    return pd.concat(tables, ignore_index=True)


def labels_of(backbones: Sequence[Backbone]) -> list[str]:
    """What to call each: by its model, and by its weights as well where there are several of one."""
    names = [backbone.name for backbone in backbones]
    told = [f"{b.name} ({Path(b.weights).name})" if names.count(b.name) > 1 else b.name for b in backbones]
    return [f"{label} #{n}" if told.count(label) > 1 else label for n, label in enumerate(told, 1)]


def reads_of(backbone: Backbone, wanted: Sequence[LayerConfig]) -> list[Read]:
    """The layers that are read of a backbone: those of the wanted ones that it has, and its own answers."""
    name, size = backbone.name, backbone.transforms.crop
    found = [Read(choice.layer, choice.pool) for choice in wanted if layers.exists(name, size, choice.layer)]
    return [*found, Read(list(layers.node_shapes(name, size))[-1], "flatten")]


def _places(number: int, backbone: Backbone, label: str, wanted: Sequence[LayerConfig], passes: float) -> list[Place]:
    """``passes``: how many a frame takes."""
    size = backbone.transforms.crop
    module = backbone.module()
    found = []
    for choice in wanted:
        if not layers.exists(backbone.name, size, choice.layer):
            logger.info("%s has no convolution maps: %s is left out.", label, choice.layer)
            continue
        node = layers.resolve(backbone.name, size, choice.layer)
        gflops = passes * forward_flops(layers.cut(module, node), size) / 1e9
        found.append(Place(number, label, choice.layer, node, choice.pool, gflops, FEATURES))
    head = list(layers.node_shapes(backbone.name, size))[-1]
    gflops = passes * forward_flops(module, size) / 1e9
    return [*found, Place(number, label, head, head, "flatten", gflops, SOURCE_HEAD)]


def each_dprime(
    samples: pd.DataFrame, places: pd.DataFrame, store: Path, spill: Spill
) -> Iterator[tuple[Place, DPrime]]:
    """Each place with its D', one at a time; a place whose features are another's is left out.

    An x that is too large for memory lies in a folder of its place below that of ``spill``.
    """
    seen: dict[bytes, Place] = {}
    for place, index in _tables(places, FEATURES):
        folder = spill.folder / f"{place.number}-{place.node}-{place.pool}"
        dprime = build_dprime(samples, index, store, spill._replace(folder=folder))
        _remove_stale(dprime, folder)
        same = seen.setdefault(_digest_of(dprime), place)
        if same is not place:
            logger.info("%s: %s (%s) is %s (%s) again.", place.backbone, place.layer, place.pool, same.layer, same.pool)
            continue
        yield place, dprime


def _remove_stale(dprime: DPrime, folder: Path) -> None:
    """What an earlier corpus has left at a place: each is larger than memory should hold."""
    kept = dprime.x.path if isinstance(dprime.x, MappedRows) else None
    for file in folder.glob("*.npy"):
        if file != kept:
            file.unlink()


def _digest_of(dprime: DPrime) -> bytes:
    """Of the features alone, read in pieces: D' may be a file larger than the memory."""
    digest = hashlib.sha256(str(dprime.x.shape).encode())
    for start in range(0, len(dprime), SAMPLES_AT_ONCE):
        digest.update(np.ascontiguousarray(dprime.x[start : start + SAMPLES_AT_ONCE]).data)
    return digest.digest()


def source_answers(samples: pd.DataFrame, places: pd.DataFrame, store: Path) -> dict[int, DPrime]:
    """The outputs of each backbone's own head, by its number."""
    tables = _tables(places, SOURCE_HEAD)
    return {place.number: build_dprime(samples, index, store) for place, index in tables}


def places_read(places: pd.DataFrame) -> list[Place]:
    """The places where x' is read."""
    return [place for place, _ in _tables(places, FEATURES)]


def _tables(places: pd.DataFrame, role: str) -> Iterator[tuple[Place, pd.DataFrame]]:
    columns = [str(name) for name in places if name not in INDEX]
    for values, rows in places[places["role"] == role].groupby(columns, sort=False):
        told: dict[str, Any] = dict(zip(columns, values, strict=True))
        yield Place(**told), rows[INDEX].reset_index(drop=True)


def clip_vectors(dprime: DPrime) -> tuple[np.ndarray, DPrime]:
    """(n, D) float32: the mean of each sample's frames; and the samples.

    They are all samples of D', or where their vectors would not fit into memory as many as do, spread evenly.
    """
    vectors = Vectors(dprime.x, dprime.mask, "mean")
    if not vectors.fit_in_memory:
        assert isinstance(dprime.x, MappedRows)
        count = max(1, dprime.x.in_memory_bytes // (4 * vectors.shape[1]))
        dprime = dprime.take(np.linspace(0, len(dprime) - 1, count).astype(int))
        vectors = Vectors(dprime.x, dprime.mask, "mean")
    return vectors.whole(np.float32), dprime
