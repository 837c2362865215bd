"""Which modality a corpus is of, where ``corpus.modality`` is ``auto``."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from seqpipe.core.contracts import imported
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.manifest_columns import SYNONYMS
from seqpipe.media.corpora.names import IMAGE_SUFFIXES, VIDEO_SUFFIXES, is_system, suffix_of
from seqpipe.media.corpora.text_files import read_sheet
from seqpipe.media.embedded.registry import AUTO, EMBEDDED, embedded_name
from seqpipe.media.medium import FileTypes
from seqpipe.media.parts.paths import TEXT_TABLES
from seqpipe.media.parts.tables import plain
from seqpipe.modalities.registry import MODALITIES, PICTURES

logger = logging.getLogger(__name__)

MOST_FILES = 5000
"""Files that are looked at, at most: the endings of so many tell what the others are."""


def modality_named(corpus: Mapping[str, Any]) -> str:
    """The modality that the parameters of a corpus ask for: by name, or ``auto`` by what lies there.

    Where no corpus is named, it stays ``auto``: which one is taken then, the pipeline knows. Of an embedded corpus it
    is that corpus' own. Of another it is that of pictures where videos or images lie there, or nothing that any
    modality reads; else the one modality whose files lie there, or whose columns a table has.
    """
    path, name = corpus.get("path"), str(corpus.get("modality", AUTO))
    if name != AUTO:
        return name
    embedded = embedded_name(path, default=None)
    if embedded is not None:
        return EMBEDDED[embedded].modality if embedded in EMBEDDED else PICTURES
    return AUTO if path is None else recognised_modality(Path(path).expanduser())


def recognised_modality(path: Path) -> str:
    """The modality of what lies at a path; that of pictures where it cannot be told."""
    endings = Counter(suffix_of(file.name) for file in islice(_files(path), MOST_FILES))
    if any(ending in VIDEO_SUFFIXES | IMAGE_SUFFIXES for ending in endings):
        return PICTURES
    found = [name for name, files in _file_types() if _reads(files, endings, path)]
    if len(found) != 1:
        return PICTURES
    logger.info("What lies at %s is taken for corpus.modality=%s.", path, found[0])
    return found[0]


def _file_types() -> Iterator[tuple[str, FileTypes]]:
    for name, entry in MODALITIES.items():
        try:
            files = imported(entry.where).files
        except UserError:  # a package's that is broken: whoever asks for it by its name is told
            continue
        if isinstance(files, FileTypes):
            yield name, files


def _reads(files: FileTypes, endings: Mapping[str, int], path: Path) -> bool:
    """Whether files of these types lie there: known by an ending that no table has, or by the columns of the tables."""
    if any(ending in endings for ending in {*files.kinds, *files.containers} - LISTS):
        return True
    columns = _columns(path)
    if files.cells:
        return bool(columns & set(files.cells))
    return any(ending in endings for ending in files.kinds) and bool(columns) and not columns & LISTING


LISTS = {".csv", ".tsv"}
"""Endings of tables, which may list samples of any modality."""
LISTING = {"path", "file", "filename", "video", "image", "text", "tokens", "sentence", "label"}
"""Columns by which a table lists samples, or holds texts."""


def _columns(path: Path) -> set[str]:
    """The columns of the first table that lies there, by their plain names."""
    table = next((file for file in islice(_files(path), MOST_FILES) if suffix_of(file.name) in TEXT_TABLES), None)
    try:
        return set() if table is None else {plain(name) for name in read_sheet(table).columns}
    except UserError:
        return set()


def _files(path: Path) -> Iterator[Path]:
    """The files below a folder; or a table, those that it lists, and those that lie beside it."""
    if path.is_file():
        yield path
        yield from _listed_or_beside(path)
        return
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not is_system(name))
        yield from (Path(folder, name) for name in sorted(names) if not is_system(name))


def _listed_or_beside(table: Path) -> list[Path]:
    """The files of a table's column of paths; where it has none, those in its folder."""
    try:
        sheet = read_sheet(table)
    except UserError:
        return []
    column = next((name for name in sheet.columns if plain(name) in ("path", *SYNONYMS["path"])), None)
    return visible(table.parent) if column is None else [Path(line.cells[column]) for line in sheet.lines]
