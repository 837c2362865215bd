"""Tables (Parquet or CSV by their suffix), JSON and text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from seqpipe.core.lineage import Lineage, parquet_lineage
from seqpipe.datasets.base import PathDataset
from seqpipe.datasets.previews import JSONPreview, TablePreview


class TableDataset(PathDataset[pd.DataFrame]):
    """A data frame in ``.parquet`` or ``.csv``."""

    def read(self, path: Path) -> pd.DataFrame:
        if self._parquet:
            return pd.read_parquet(path)
        table = pd.read_csv(path)
        # A CSV cannot tell an empty text from none: where a column has words, it is an empty one.
        words = table.select_dtypes(["object", "string"]).columns
        return table.fillna(dict.fromkeys(words, ""))

    def write(self, data: pd.DataFrame, path: Path) -> None:
        if self._parquet:
            data.to_parquet(path, index=False)
        else:
            data.to_csv(path, index=False)

    def lineage(self) -> Lineage:
        return parquet_lineage(self.path) if self._parquet and self._exists() else {}

    @property
    def _parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    def preview(self, nrows: int = 12) -> TablePreview:
        """The first rows, for kedro-viz."""
        rows = self.load().head(nrows)
        return TablePreview(json.loads(rows.to_json(orient="split")))


class JsonDataset(PathDataset[Any]):
    """What JSON can hold; keys stay in their order."""

    def read(self, path: Path) -> Any:
        return json.loads(path.read_text(encoding="utf-8"))

    def write(self, data: Any, path: Path) -> None:
        path.write_text(json.dumps(data, indent=2, allow_nan=True) + "\n", encoding="utf-8")

    def preview(self) -> JSONPreview:
        """The whole text, for kedro-viz."""
        return JSONPreview(json.dumps(self.load()))


class TextDataset(PathDataset[str]):
    """A text in UTF-8, such as the report."""

    def read(self, path: Path) -> str:
        return path.read_text(encoding="utf-8")

    def write(self, data: str, path: Path) -> None:
        path.write_text(data, encoding="utf-8")
