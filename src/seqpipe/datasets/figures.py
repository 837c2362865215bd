"""Pictures as PNG files, and a model's results."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.datasets.base import PathDataset
from seqpipe.datasets.previews import ImagePreview, JSONPreview

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
        """The confusion matrix, or where there is none the first picture, for kedro-viz."""
        figures = self.load()
        return first_picture({name: figures[name] for name in ("confusion_matrix",) if name in figures} or figures)


class ResultsDataset(PathDataset[Any]):
    """A model's results in a folder: JSON, Parquet, and what is exported.

    Whatever else lies in the folder goes when other results are saved, such as the figures of those before.
    """

    def read(self, path: Path) -> Results:
        from seqpipe.evaluation.results import read_results

        return read_results(path)

    def write(self, data: Results, path: Path) -> None:
        from seqpipe.evaluation.results import write_results

        write_results(data, path)

    def preview(self) -> JSONPreview:
        """The metrics, for kedro-viz."""
        return JSONPreview(json.dumps(self.load().metrics))


def first_picture(figures: Mapping[str, bytes]) -> ImagePreview:
    """The first of these PNG pictures by name; an empty one where there is none."""
    return ImagePreview(base64.b64encode(figures[min(figures)]).decode() if figures else "")
