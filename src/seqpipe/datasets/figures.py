"""Matplotlib figures as PNG files."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.datasets.base import PathDataset
from seqpipe.datasets.previews import ImagePreview

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class FigureDataset(PathDataset[Any]):
    """One figure as a PNG file; loads as the PNG's bytes."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def write(self, data: Figure, path: Path) -> None:
        path.write_bytes(_png(data))

    def preview(self) -> ImagePreview:
        """The picture, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())


class FiguresDataset(PathDataset[Any]):
    """Named figures as a folder of PNG files; loads as ``{name: PNG bytes}``."""

    def read(self, path: Path) -> dict[str, bytes]:
        return {file.stem: file.read_bytes() for file in sorted(path.glob("*.png"))}

    def write(self, data: dict[str, Figure], path: Path) -> None:
        path.mkdir(parents=True)
        for name, figure in data.items():
            (path / f"{name}.png").write_bytes(_png(figure))

    def preview(self) -> ImagePreview:
        """The first picture, the confusion matrix of a model, for kedro-viz."""
        return ImagePreview(base64.b64encode(next(iter(self.load().values()))).decode())


def _png(figure: Figure) -> bytes:
    from seqpipe.evaluation.style import png_bytes

    return png_bytes(figure)
