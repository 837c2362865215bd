"""Pictures as PNG files, and a model's results."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.datasets.base import PathDataset
from seqpipe.datasets.previews import ImagePreview

if TYPE_CHECKING:
    from seqpipe.evaluation.results import Results


class PngDataset(PathDataset[bytes]):
    """One figure as a PNG file."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def write(self, data: bytes, path: Path) -> None:
        path.write_bytes(data)

    def preview(self) -> ImagePreview:
        """The picture, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())


class FiguresDataset(PathDataset[dict[str, bytes]]):
    """Named figures as a folder of PNG files."""

    def read(self, path: Path) -> dict[str, bytes]:
        return {file.stem: file.read_bytes() for file in sorted(path.glob("*.png"))}

    def write(self, data: dict[str, bytes], path: Path) -> None:
        path.mkdir(parents=True)
        for name, png in data.items():
            (path / f"{name}.png").write_bytes(png)

    def preview(self) -> ImagePreview:
        """The first picture, for kedro-viz."""
        return ImagePreview(base64.b64encode(next(iter(self.load().values()))).decode())


class ResultsDataset(PathDataset[Any]):
    """A model's results in a folder: JSON, Parquet and PNG."""

    def read(self, path: Path) -> Results:
        from seqpipe.evaluation.results import read_results

        return read_results(path)

    def write(self, data: Results, path: Path) -> None:
        from seqpipe.evaluation.results import write_results

        write_results(data, path)

    def preview(self) -> ImagePreview:
        """The confusion matrix, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load().figures["confusion_matrix"]).decode())
