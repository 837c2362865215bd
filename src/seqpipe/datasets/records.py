"""The records of seqpipe's own: folders, backbones, D', frame datasets, fitted models.

The packages that know the formats are imported where they are used: making the catalog costs no torch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.core.lineage import Lineage, parquet_lineage
from seqpipe.datasets.base import PathDataset

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.encoders.base import SequenceEncoder
    from seqpipe.models.base import Model
    from seqpipe.study.feature_specs import SpecFeatures
    from seqpipe.study.study import StudySpec


class FolderDataset(PathDataset[Path]):
    """A folder that nodes fill bit by bit (a content-keyed store); loads as its path, made if need be."""

    optional = True

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
    """A backbone: safetensors and JSON in a folder; or what encodes samples that are no pictures: JSON."""

    def read(self, path: Path) -> Backbone | SequenceEncoder:
        from seqpipe.modalities.saved import read_any

        return read_any(path)

    def write(self, data: Backbone | SequenceEncoder, path: Path) -> None:
        from seqpipe.encoders.backbones import Backbone, save_backbone
        from seqpipe.modalities.saved import save_encoder

        if isinstance(data, Backbone):
            save_backbone(data, path)
        else:
            save_encoder(data, path)

    def lineage(self) -> Lineage:
        from seqpipe.encoders.backbones import backbone_lineage
        from seqpipe.encoders.base import encoder_lineage
        from seqpipe.modalities.saved import is_encoder, read_encoder

        if not self._exists():
            return {}
        return encoder_lineage(read_encoder(self.path)) if is_encoder(self.path) else backbone_lineage(self.path)


class BackbonesDataset(PathDataset[Any]):
    """Several backbones in a folder, in their order."""

    def read(self, path: Path) -> list[Backbone]:
        from seqpipe.encoders.backbones import read_backbone

        return [read_backbone(folder) for folder in sorted(path.iterdir())]

    def write(self, data: list[Backbone], path: Path) -> None:
        from seqpipe.encoders.backbones import save_backbone

        for number, backbone in enumerate(data):
            save_backbone(backbone, path / f"{number:02d}-{backbone.name}")

    def lineage(self) -> Lineage:
        from seqpipe.encoders.backbones import backbone_lineage

        folders = sorted(self.path.iterdir()) if self._exists() else []
        names = [backbone_lineage(folder)["backbone"]["name"] for folder in folders]
        return {"backbone": {"name": ", ".join(names)}} if names else {}


class FeatureSpecsDataset(PathDataset[Any]):
    """Where x' was read, and where it lies: JSON and a feature index a spec in a folder."""

    def read(self, path: Path) -> list[SpecFeatures]:
        from seqpipe.study.feature_specs import read_feature_specs

        return read_feature_specs(path)

    def write(self, data: list[SpecFeatures], path: Path) -> None:
        from seqpipe.study.feature_specs import write_feature_specs

        write_feature_specs(data, path)


class StudyDataset(PathDataset[Any]):
    """What is compared and on what: JSON and Parquet in a folder."""

    def read(self, path: Path) -> StudySpec:
        from seqpipe.study.study import read_study

        return read_study(path)

    def write(self, data: StudySpec, path: Path) -> None:
        from seqpipe.study.study import write_study

        write_study(data, path)


class FeatureParquetDataset(PathDataset[Any]):
    """D' in one Parquet file that ``pandas.read_parquet`` reads too; a large x is also left in a file of its own.

    Every classifier of a run reads the same D': it is held in memory until the run lets it go, or until
    another run has replaced the file.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._held: tuple[tuple[int, ...], FeatureDataset] | None = None

    def load(self) -> FeatureDataset:
        if self._held is None or self._held[0] != self._stamp():
            dataset = super().load()
            self._held = (self._stamp(), dataset)
        return self._held[1]

    def save(self, data: FeatureDataset) -> None:
        from seqpipe.data.dataset_file import is_written, remove_stale_x, x_file_of

        before = x_file_of(self.path)
        # Equal D' give equal bytes: a run that changed a classifier alone has nothing to write.
        if not is_written(data, self.path):
            super().save(data)
        remove_stale_x(data, before)
        self._held = (self._stamp(), data)

    def _stamp(self) -> tuple[int, ...]:
        """Tells this file from one that has taken its place."""
        if not self.path.exists():
            return ()
        status = self.path.stat()
        return (status.st_ino, status.st_size, status.st_mtime_ns)

    def _release(self) -> None:
        self._held = None

    def read(self, path: Path) -> FeatureDataset:
        from seqpipe.data.dataset_file import read_dataset

        return read_dataset(path)

    def write(self, data: FeatureDataset, path: Path) -> None:
        from seqpipe.data.dataset_file import write_dataset

        write_dataset(data, path)

    def lineage(self) -> Lineage:
        return parquet_lineage(self.path) if self._exists() else {}


class FramesDataset(PathDataset[Any]):
    """A frame dataset in one Parquet file; the frames stay in their cache."""

    def read(self, path: Path) -> FrameDataset:
        from seqpipe.data.frame_dataset_file import read_frame_dataset

        return read_frame_dataset(path)

    def write(self, data: FrameDataset, path: Path) -> None:
        from seqpipe.data.frame_dataset_file import write_frame_dataset

        write_frame_dataset(data, path)

    def lineage(self) -> Lineage:
        return parquet_lineage(self.path) if self._exists() else {}


class ModelDataset(PathDataset[Any]):
    """A fitted model in a folder: JSON with safetensors, nothing that is unpickled."""

    def read(self, path: Path) -> Model:
        from seqpipe.models.persist import read_model

        return read_model(path)

    def write(self, data: Model, path: Path) -> None:
        from seqpipe.models.persist import save_model

        save_model(data, path)


class TrainedDataset(ModelDataset):
    """A fitted model that a run may have left, with what is told of its fit; None where it left none."""

    optional = True

    def __init__(self, *, filepath: str, fit: str, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self.fit = Path(fit)

    def load(self) -> tuple[Model, dict[str, Any]] | None:
        if not self.path.exists() or not self.fit.exists():
            return None
        return self.read(self.path), json.loads(self.fit.read_text(encoding="utf-8"))

    def save(self, data: Any) -> None:
        raise TypeError(f"{self.path} is written by the training of its model.")
