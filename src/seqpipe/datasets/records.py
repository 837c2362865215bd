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
    """D' in one Parquet file that ``pandas.read_parquet`` reads too.

    Every classifier of a run reads the same D': it is held in memory until the run lets it go, or until
    another run has replaced the file.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._held: tuple[tuple[int, ...], DPrime] | None = None

    def load(self) -> DPrime:
        if self._held is None or self._held[0] != self._stamp():
            dprime = super().load()
            self._held = (self._stamp(), dprime)
        return self._held[1]

    def save(self, data: DPrime) -> None:
        from seqpipe.features.dprime import written_digest

        # Equal D' give equal bytes: a run that changed a classifier alone has nothing to write.
        if written_digest(self.path) != data.digest:
            super().save(data)
        self._held = (self._stamp(), data)

    def _stamp(self) -> tuple[int, ...]:
        """Tells this file from one that has taken its place."""
        if not self.path.exists():
            return ()
        status = self.path.stat()
        return (status.st_ino, status.st_size, status.st_mtime_ns)

    def _release(self) -> None:
        self._held = None

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
