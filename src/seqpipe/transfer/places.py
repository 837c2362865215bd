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
from seqpipe.features.extraction import Read, extract_layers
from seqpipe.features.flops import forward_flops

logger = logging.getLogger(__name__)

FEATURES, SOURCE_HEAD = "features", "source head"
SAMPLES_AT_ONCE = 256
INDEX = ["id", "sha256", "shard", "frames", "fingerprint"]


@dataclass(frozen=True)
class Place:
    """One place: which backbone (by its number), which layer, how pooled, and what reading a frame there costs."""

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
    for number, backbone in enumerate(backbones):
        places = _places(number, backbone, wanted)
        reads = [Read(place.layer, place.pool) for place in places]
        indexes = extract_layers(samples, backbone, clip, features, runtime, store, reads)
        tables += [index.assign(**vars(place)) for place, index in zip(places, indexes, strict=True)]
    return pd.concat(tables, ignore_index=True)


def _places(number: int, backbone: Backbone, wanted: Sequence[LayerConfig]) -> list[Place]:
    size = backbone.transforms.crop
    module = backbone.module()
    found = []
    for choice in wanted:
        node = layers.resolve(backbone.name, size, choice.layer)
        gflops = forward_flops(layers.cut(module, node), size) / 1e9
        found.append(Place(number, backbone.name, choice.layer, node, choice.pool, gflops, FEATURES))
    head = list(layers.node_shapes(backbone.name, size))[-1]
    return [*found, Place(number, backbone.name, head, head, "flatten", forward_flops(module, size) / 1e9, SOURCE_HEAD)]


def each_dprime(samples: pd.DataFrame, places: pd.DataFrame, store: Path) -> Iterator[tuple[Place, DPrime]]:
    """Each place with its D', one at a time; a place whose features are another's is left out."""
    seen: dict[bytes, Place] = {}
    for place, index in _tables(places, FEATURES):
        dprime = build_dprime(samples, index, store)
        same = seen.setdefault(_digest_of(dprime), place)
        if same is not place:
            logger.info("%s: %s (%s) is %s (%s) again.", place.backbone, place.layer, place.pool, same.layer, same.pool)
            continue
        yield place, dprime


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


def clip_vectors(dprime: DPrime) -> np.ndarray:
    """(N, D) float64: the mean of each sample's frames."""
    real = dprime.mask[..., None]
    mean: np.ndarray = (np.asarray(dprime.x, np.float64) * real).sum(1) / real.sum(1)
    return mean
