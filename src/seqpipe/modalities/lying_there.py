"""What lies at a path, by names and columns alone: what ``corpus.modality: auto`` has to go by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.manifest_columns import SYNONYMS
from seqpipe.media.corpora.names import is_system, suffix_of
from seqpipe.media.corpora.text_files import read_sheet
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.paths import PARQUET, TABLES, file_of
from seqpipe.media.parts.tables import cell_text, column_names, plain, read_table

PATHS = {"path", *SYNONYMS["path"]}
"""Columns by which a table lists files, by their plain names."""
LABEL = "label"
"""The column of a table that says something of samples, and holds no measurements."""


def files_at(path: Path) -> Iterator[Path]:
    """The files below a folder; of a table those that it lists, where it lists none it and those beside it."""
    if path.is_file():
        yield from _of_table(path) if suffix_of(path.name) in TABLES else [path, *visible(path.parent)]
        return
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not is_system(name))
        yield from (Path(folder, name) for name in sorted(names) if not is_system(name))


def _of_table(table: Path) -> list[Path]:
    return files_listed(table) or [table, *(entry for entry in visible(table.parent) if entry != table)]


def files_listed(table: Path) -> list[Path]:
    """The files that a table lists; none where none of its columns says a path."""
    return [table.parent / file_of(cell) for cell in _paths_in(table)] if columns_of(table) & PATHS else []


def columns_of(table: Path) -> set[str]:
    """The plain names of a table's columns, of which the beginning alone is read; none where it is none."""
    return {plain(name) for name in column_names(table)}


def _paths_in(table: Path) -> list[str]:
    try:
        if suffix_of(table.name) == PARQUET:
            frame = read_table(table).frame
            return [cell_text(cell) for cell in frame[next(name for name in map(str, frame) if plain(name) in PATHS)]]
        sheet = read_sheet(table)
    except (UserError, InvalidSample, OSError):
        return []
    column = next(name for name in sheet.columns if plain(name) in PATHS)
    return [line.cells[column] for line in sheet.lines]
