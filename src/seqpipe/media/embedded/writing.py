"""Corpora that need no download: written to a folder once, with a manifest and a record of what was asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.media.embedded.registry import in_words

logger = logging.getLogger(__name__)

MANIFEST_NAME = "manifest.csv"


def write_once(
    folder: Path,
    name: str,
    record: dict[str, object],
    write: Callable[[Path], pd.DataFrame],
    table: str = MANIFEST_NAME,
) -> Path:
    """Has ``write`` fill ``folder`` unless it was filled for the same ``record`` before; returns its manifest.

    Args:
        name: of the corpus, with underscores; ``<name>.json`` in the folder keeps the record.
        record: whatever decides the corpus; what JSON can hold.
        write: fills an empty place beside the folder, which is then renamed, and returns the manifest's table,
            whose column ``path`` names the files, where it has one.
        table: what the manifest is called.

    Raises:
        UserError: the folder holds something else.
    """
    manifest = folder / table
    marker, words = f"{name}.json", in_words(name)
    if _is_written(manifest, marker, record):
        return manifest
    if folder.exists() and any(folder.iterdir()) and not (folder / marker).is_file():
        raise UserError(f"{folder} holds files that are not {words}; empty it or name another folder.")
    with written_aside(folder) as aside:
        write(aside).to_csv(aside / table, index=False, lineterminator="\n")
        (aside / marker).write_text(json.dumps(record), encoding="utf-8")
    logger.info("Wrote the %s to %s", words, folder)
    return manifest


def _is_written(manifest: Path, marker: str, record: dict[str, object]) -> bool:
    folder = manifest.parent
    try:
        if json.loads((folder / marker).read_text(encoding="utf-8")) != record:
            return False
        listed = pd.read_csv(manifest)
    except (OSError, ValueError, KeyError):
        return False
    # Of texts the manifest holds them itself.
    return "path" not in listed or all((folder / path).is_file() for path in listed["path"])
