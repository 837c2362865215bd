"""The places where x' is read: backbones times layers, one pass over the frames a backbone."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, FeaturesConfig, LayerConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import Digest
from seqpipe.data.dataset import DPrime, build_dprime
from seqpipe.data.gather import Spill
from seqpipe.data.memmap import MappedRows, slices_of
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.flops import forward_flops
from seqpipe.extraction.engine import Read, crops_a_frame, extract_layers
from seqpipe.models.linear.rows import Vectors

logger = logging.getLogger(__name__)

FEATURES, SOURCE_HEAD = "features", "source head"
PLACES = "places.json"

Key = tuple[str, str, str]
"""Backbone (what it is called), layer and pooling: by these a place is known."""


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

    @property
    def key(self) -> Key:
        return (self.backbone, self.layer, self.pool)


@dataclass(frozen=True, eq=False)
class PlaceFeatures:
    """A place, and the index of what was read there: where in the store each sample's features lie."""

    place: Place
    index: pd.DataFrame


def extract_all(
    samples: pd.DataFrame,
    backbones: Sequence[Backbone],
    wanted: Sequence[LayerConfig],
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> list[PlaceFeatures]:
    """Fills the stores of every layer of every backbone, and of the source task's answers; says where they lie."""
    found = []
    for number, (backbone, label) in enumerate(zip(backbones, labels_of(backbones), strict=True)):
        places = _places(number, backbone, label, wanted, crops_a_frame(samples, backbone.transforms))
        reads = [Read(place.layer, place.pool) for place in places]
        indexes = extract_layers(samples, backbone, clip, features, runtime, store, reads)
        found += [PlaceFeatures(place, index) for place, index in zip(places, indexes, strict=True)]
    return found


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
    for choice in dict.fromkeys(wanted):
        if not layers.exists(backbone.name, size, choice.layer):
            logger.info("%s has no convolution maps: %s is left out.", label, choice.layer)
            continue
        node = layers.resolve(backbone.name, size, choice.layer)
        gflops = passes * forward_flops(layers.cut(module, node), size) / 1e9
        found.append(Place(number, label, choice.layer, node, choice.pool, gflops, FEATURES))
    head = list(layers.node_shapes(backbone.name, size))[-1]
    gflops = passes * forward_flops(module, size) / 1e9
    return [*found, Place(number, label, head, head, "flatten", gflops, SOURCE_HEAD)]


def write_places(places: Sequence[PlaceFeatures], folder: Path) -> None:
    """Writes ``places.json``, the places in their order, and the index of each to a new folder."""
    folder.mkdir(parents=True)
    records = [asdict(one.place) for one in places]
    (folder / PLACES).write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    for number, one in enumerate(places):
        one.index.to_parquet(folder / f"{number:03d}.parquet", index=False)


def read_places(folder: Path) -> list[PlaceFeatures]:
    """Reads what `write_places` wrote."""
    records = json.loads((folder / PLACES).read_text(encoding="utf-8"))
    indexes = [pd.read_parquet(folder / f"{number:03d}.parquet") for number in range(len(records))]
    return [PlaceFeatures(Place(**record), index) for record, index in zip(records, indexes, strict=True)]


class DPrimes:
    """The D' of each place, built from the store when it is asked for; one at a time is held in memory.

    An x that is too large for memory lies in a folder of its place below that of ``spill``.
    """

    def __init__(self, samples: pd.DataFrame, places: Sequence[PlaceFeatures], store: Path, spill: Spill) -> None:
        self._samples, self._store, self._spill = samples, store, spill
        self._places = {one.place.key: one for one in places if one.place.role == FEATURES}
        self._heads = [one for one in places if one.place.role == SOURCE_HEAD]
        self._held: tuple[Key, DPrime] | None = None

    @property
    def places(self) -> list[Place]:
        """The places where x' is read, in their order."""
        return [one.place for one in self._places.values()]

    def __iter__(self) -> Iterator[tuple[Place, DPrime]]:
        for place in self.places:
            yield place, self.at(place.key)

    def at(self, key: Key) -> DPrime:
        """The D' of a place.

        Raises:
            UserError: there is no such place, or the store has not all of its features any more.
        """
        if key not in self._places:
            raise UserError(f"The table names features of {', '.join(key)}, which are not there: run transfer again.")
        if self._held is None or self._held[0] != key:
            self._held = None  # let go of before the next is built: each may be as large as memory allows
            self._held = (key, self._built(self._places[key]))
        return self._held[1]

    def _built(self, one: PlaceFeatures) -> DPrime:
        folder = self._spill.folder / f"{one.place.number}-{one.place.node}-{one.place.pool}"
        dprime = build_dprime(self._samples, one.index, self._store, self._spill._replace(folder=folder))
        _remove_stale(dprime, folder)
        return dprime

    def source_answers(self) -> dict[int, DPrime]:
        """The outputs of each backbone's own head, by its number."""
        return {one.place.number: build_dprime(self._samples, one.index, self._store) for one in self._heads}


def without_copies(places: Sequence[PlaceFeatures], dprimes: DPrimes) -> list[PlaceFeatures]:
    """The places but for those whose features are another's: these are told, and not trained on twice."""
    seen: dict[str, Place] = {}
    copies = set()
    for place, dprime in dprimes:
        same = seen.setdefault(_digest_of(dprime), place)
        if same is not place:
            logger.info("%s: %s (%s) is %s (%s) again.", place.backbone, place.layer, place.pool, same.layer, same.pool)
            copies.add(place.key)
    return [one for one in places if one.place.role != FEATURES or one.place.key not in copies]


def _remove_stale(dprime: DPrime, folder: Path) -> None:
    """What an earlier corpus has left at a place: each is larger than memory should hold."""
    kept = dprime.x.path if isinstance(dprime.x, MappedRows) else None
    for file in folder.glob("*.npy"):
        if file != kept:
            file.unlink()


def _digest_of(dprime: DPrime) -> str:
    """Of the features alone, read in pieces: D' may be a file larger than the memory."""
    digest = Digest([])
    digest.add_array("x", dprime.x.dtype, dprime.x.shape, (dprime.x[rows] for rows in slices_of(dprime.x)))
    return digest.hexdigest()


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
