"""The feature specs, where x' is read: backbones times layers, one pass over the frames a backbone."""

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
from seqpipe.data.dataset import FeatureDataset, build_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.data.memmap import MemmapArray, slices_of
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.flops import forward_flops
from seqpipe.extraction.engine import FeatureLayer, crops_a_frame, extract_layers
from seqpipe.models.linear.rows import Vectors

logger = logging.getLogger(__name__)

FEATURES, SOURCE_HEAD = "features", "source head"
FEATURE_SPECS = "feature_specs.json"

Key = tuple[str, str, str]
"""Backbone (what it is called), layer and pooling: by these a feature spec is known."""


@dataclass(frozen=True)
class FeatureSpec:
    """Where x' is read: backbone (its number, and what it is called), layer and pooling; what a frame costs there."""

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
class SpecFeatures:
    """A feature spec, and the index of what was read there: where in the store each sample's features lie."""

    spec: FeatureSpec
    index: pd.DataFrame


def extract_all(
    samples: pd.DataFrame,
    backbones: Sequence[Backbone],
    wanted: Sequence[LayerConfig],
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> list[SpecFeatures]:
    """Fills the stores of every layer of every backbone, and of the source task's answers; says where they lie."""
    found = []
    for number, (backbone, label) in enumerate(zip(backbones, labels_of(backbones), strict=True)):
        feature_specs = _feature_specs(number, backbone, label, wanted, crops_a_frame(samples, backbone.transforms))
        feature_layers = [FeatureLayer(spec.layer, spec.pool) for spec in feature_specs]
        indexes = extract_layers(samples, backbone, clip, features, runtime, store, feature_layers)
        found += [SpecFeatures(spec, index) for spec, index in zip(feature_specs, indexes, strict=True)]
    return found


def labels_of(backbones: Sequence[Backbone]) -> list[str]:
    """What to call each: by its model, and by its weights as well where there are several of one."""
    names = [backbone.name for backbone in backbones]
    told = [f"{b.name} ({Path(b.weights).name})" if names.count(b.name) > 1 else b.name for b in backbones]
    return [f"{label} #{n}" if told.count(label) > 1 else label for n, label in enumerate(told, 1)]


def feature_layers_of(backbone: Backbone, wanted: Sequence[LayerConfig]) -> list[FeatureLayer]:
    """The layers that are read of a backbone: those of the wanted ones that it has, and its own answers, if any."""
    name, size = backbone.name, backbone.transforms.size
    found = [FeatureLayer(choice.layer, choice.pool) for choice in wanted if layers.exists(name, size, choice.layer)]
    return [*found, *(FeatureLayer(node, "flatten") for node in _answers_of(backbone))]


def _answers_of(backbone: Backbone) -> list[str]:
    """The node at which it answers its source task; none where its weights have no head."""
    return list(layers.node_shapes(backbone.name, backbone.transforms.size))[-1:] if backbone.num_classes else []


def _feature_specs(
    number: int, backbone: Backbone, label: str, wanted: Sequence[LayerConfig], forward_passes: float
) -> list[FeatureSpec]:
    """``forward_passes``: how many a frame takes."""
    size = backbone.transforms.size
    module = backbone.module()
    found = []
    for choice in dict.fromkeys(wanted):
        if not layers.exists(backbone.name, size, choice.layer):
            logger.info("%s has no convolution maps: %s is left out.", label, choice.layer)
            continue
        node = layers.resolve(backbone.name, size, choice.layer)
        gflops = forward_passes * forward_flops(layers.cut(module, node), size) / 1e9
        found.append(FeatureSpec(number, label, choice.layer, node, choice.pool, gflops, FEATURES))
    gflops = forward_passes * forward_flops(module, size) / 1e9
    heads = _answers_of(backbone)
    if not heads:
        logger.info("%s has no head, so that it answers no source task: LEEP is not told of it.", label)
    return [*found, *(FeatureSpec(number, label, head, head, "flatten", gflops, SOURCE_HEAD) for head in heads)]


def write_feature_specs(feature_specs: Sequence[SpecFeatures], folder: Path) -> None:
    """Writes ``feature_specs.json``, the specs in their order, and the index of each to a new folder."""
    folder.mkdir(parents=True)
    records = [asdict(one.spec) for one in feature_specs]
    (folder / FEATURE_SPECS).write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    for number, one in enumerate(feature_specs):
        one.index.to_parquet(folder / f"{number:03d}.parquet", index=False)


def read_feature_specs(folder: Path) -> list[SpecFeatures]:
    """Reads what `write_feature_specs` wrote."""
    records = json.loads((folder / FEATURE_SPECS).read_text(encoding="utf-8"))
    indexes = [pd.read_parquet(folder / f"{number:03d}.parquet") for number in range(len(records))]
    return [SpecFeatures(FeatureSpec(**record), index) for record, index in zip(records, indexes, strict=True)]


class FeatureDatasets:
    """The D' of each feature spec, built from the store when it is asked for; one at a time is held in memory.

    An x that is too large for memory lies in a folder of its spec below that of ``memmap_policy``.
    """

    def __init__(
        self, samples: pd.DataFrame, feature_specs: Sequence[SpecFeatures], store: Path, memmap_policy: MemmapPolicy
    ) -> None:
        self._samples, self._store, self._memmap_policy = samples, store, memmap_policy
        self._feature_specs = {one.spec.key: one for one in feature_specs if one.spec.role == FEATURES}
        self._heads = [one for one in feature_specs if one.spec.role == SOURCE_HEAD]
        self._held: tuple[Key, FeatureDataset] | None = None

    @property
    def feature_specs(self) -> list[FeatureSpec]:
        """The feature specs, in their order."""
        return [one.spec for one in self._feature_specs.values()]

    def __iter__(self) -> Iterator[tuple[FeatureSpec, FeatureDataset]]:
        for spec in self.feature_specs:
            yield spec, self.at(spec.key)

    def at(self, key: Key) -> FeatureDataset:
        """The D' of a feature spec.

        Raises:
            UserError: there is no such spec, or the store has not all of its features any more.
        """
        if key not in self._feature_specs:
            raise UserError(f"The table names features of {', '.join(key)}, which are not there: run transfer again.")
        if self._held is None or self._held[0] != key:
            self._held = None  # let go of before the next is built: each may be as large as memory allows
            self._held = (key, self._built(self._feature_specs[key]))
        return self._held[1]

    def _built(self, one: SpecFeatures) -> FeatureDataset:
        folder = self._memmap_policy.folder / f"{one.spec.number}-{one.spec.node}-{one.spec.pool}"
        dataset = build_dataset(self._samples, one.index, self._store, self._memmap_policy._replace(folder=folder))
        _remove_stale(dataset, folder)
        return dataset

    def source_answers(self) -> dict[int, FeatureDataset]:
        """The outputs of each backbone's own head, by its number; one without a head has none."""
        return {one.spec.number: build_dataset(self._samples, one.index, self._store) for one in self._heads}


def without_copies(feature_specs: Sequence[SpecFeatures], datasets: FeatureDatasets) -> list[SpecFeatures]:
    """The feature specs but for those whose features are another's: these are told, and not trained on twice."""
    seen: dict[str, FeatureSpec] = {}
    copies = set()
    for spec, dataset in datasets:
        same = seen.setdefault(_digest_of(dataset), spec)
        if same is not spec:
            logger.info("%s: %s (%s) is %s (%s) again.", spec.backbone, spec.layer, spec.pool, same.layer, same.pool)
            copies.add(spec.key)
    return [one for one in feature_specs if one.spec.role != FEATURES or one.spec.key not in copies]


def _remove_stale(dataset: FeatureDataset, folder: Path) -> None:
    """What an earlier corpus has left of a feature spec: each is larger than memory should hold."""
    kept = dataset.x.path if isinstance(dataset.x, MemmapArray) else None
    for file in folder.glob("*.npy"):
        if file != kept:
            file.unlink()


def _digest_of(dataset: FeatureDataset) -> str:
    """Of the features alone, read in pieces: D' may be a file larger than the memory."""
    digest = Digest([])
    digest.add_array("x", dataset.x.dtype, dataset.x.shape, (dataset.x[rows] for rows in slices_of(dataset.x)))
    return digest.hexdigest()


def clip_vectors(dataset: FeatureDataset) -> tuple[np.ndarray, FeatureDataset]:
    """(n, D) float32: the mean of each sample's frames; and the samples.

    They are all samples of D', or where their vectors would not fit into memory as many as do, spread evenly.
    """
    vectors = Vectors(dataset.x, dataset.mask, "mean")
    if not vectors.fit_in_memory:
        assert isinstance(dataset.x, MemmapArray)
        count = max(1, dataset.x.in_memory_bytes // (4 * vectors.shape[1]))
        dataset = dataset.take(np.linspace(0, len(dataset) - 1, count).astype(int))
        vectors = Vectors(dataset.x, dataset.mask, "mean")
    return vectors.whole(np.float32), dataset
