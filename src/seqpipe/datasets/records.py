"""The records of seqpipe's own: folders, backbones, D', fitted classifiers.

The rooms that know the formats are imported where they are used: making the catalog costs no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.datasets.base import PathDataset

if TYPE_CHECKING:
    from seqpipe.features.backbones import Backbone
    from seqpipe.features.dprime import DPrime
    from seqpipe.models.base import Classifier


class FolderDataset(PathDataset[Path]):
    """A folder that nodes fill bit by bit (a content-keyed store); loads as its path, made if need be."""

    def load(self) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        return self.path

    def save(self, data: Path) -> None:
        raise TypeError(f"{self.path} is filled by the nodes that are given it, and never saved as a whole.")

    def read(self, path: Path) -> Path:
        return path

    def write(self, data: Path, path: Path) -> None:
        raise NotImplementedError


class BackboneDataset(PathDataset[Any]):
    """A backbone: safetensors and JSON in a folder."""

    def read(self, path: Path) -> Backbone:
        from seqpipe.features.backbones import read_backbone

        return read_backbone(path)

    def write(self, data: Backbone, path: Path) -> None:
        from seqpipe.features.backbones import save_backbone

        save_backbone(data, path)


class DPrimeDataset(PathDataset[Any]):
    """D' in one Parquet file that ``pandas.read_parquet`` reads too."""

    def read(self, path: Path) -> DPrime:
        from seqpipe.features.dprime import read_dprime

        return read_dprime(path)

    def write(self, data: DPrime, path: Path) -> None:
        from seqpipe.features.dprime import write_dprime

        write_dprime(data, path)


class ClassifierDataset(PathDataset[Any]):
    """A fitted classifier in a folder: JSON with safetensors or skops, nothing that is unpickled."""

    def read(self, path: Path) -> Classifier:
        from seqpipe.models.persist import read_classifier

        return read_classifier(path)

    def write(self, data: Classifier, path: Path) -> None:
        from seqpipe.models.persist import save_classifier

        save_classifier(data, path)
