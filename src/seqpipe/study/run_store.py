"""Finished runs on disk, by content: an interrupted or repeated study fits only what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seqpipe.core.files import remove_leftovers, written_aside
from seqpipe.core.fingerprint import fingerprint
from seqpipe.training.checkpoint import unfinished

FIT, PREDICTIONS, MODEL = "fit.json", "predictions.parquet", "model"


@dataclass(frozen=True, eq=False)
class CachedRun:
    """One solution, fitted; how it is judged is decided anew by every run.

    Attributes:
        fit: What training has cost and chosen.
        predictions: What `predictions_table` gave for the splits it answered to.
        model: The folder of the fitted model; it is not there where none was kept.
    """

    fit: dict[str, Any]
    predictions: pd.DataFrame
    model: Path


class RunStore:
    """A folder of cached runs; each is keyed by whatever decides it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)

    def get(self, key: Mapping[str, Any]) -> CachedRun | None:
        """The run of this key, or None where it was not finished yet."""
        folder = self._folder / fingerprint(dict(key))
        if not folder.exists():
            return None
        fit = json.loads((folder / FIT).read_text(encoding="utf-8"))
        return CachedRun(fit, pd.read_parquet(folder / PREDICTIONS), folder / MODEL)

    def put(
        self,
        key: Mapping[str, Any],
        fit: Mapping[str, Any],
        predictions: pd.DataFrame,
        save: Callable[[Path], None] | None = None,
    ) -> CachedRun:
        """Keeps a finished run; ``save`` writes the model into a folder that it makes."""
        folder = self._folder / fingerprint(dict(key))
        with written_aside(folder) as aside:
            aside.mkdir()
            (aside / FIT).write_text(json.dumps(dict(fit), indent=2) + "\n", encoding="utf-8")
            predictions.to_parquet(aside / PREDICTIONS, index=False)
            if save is not None:
                save(aside / MODEL)
        return CachedRun(dict(fit), predictions, folder / MODEL)

    @contextmanager
    def checkpoint(self, key: Mapping[str, Any]) -> Iterator[Path]:
        """A folder for what an unfinished run keeps until it is taken up again; gone when the block ends well."""
        with unfinished(self._folder, key) as folder:
            yield folder
