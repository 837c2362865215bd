"""Which modality a corpus is of, where ``corpus.modality`` is ``auto``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from seqpipe.core.contracts import imported
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.names import IMAGE_SUFFIXES, SIDE_STEMS, SIDE_SUFFIXES, VIDEO_SUFFIXES, suffix_of
from seqpipe.media.embedded.registry import AUTO, EMBEDDED, embedded_name
from seqpipe.media.medium import FileTypes
from seqpipe.media.parts.paths import TABLES
from seqpipe.media.references.aligned import aligned_texts
from seqpipe.media.references.pair_tables import bare_columns, pair_columns
from seqpipe.modalities.lying_there import LABEL, PATHS, columns_of, files_at, files_listed
from seqpipe.modalities.registry import MODALITIES, PICTURES

logger = logging.getLogger(__name__)

TEXT = "text"
"""The modality of sentences that are to become others."""
PROSE = {".txt", ".md"}
"""Endings of texts, of which many say something of what lies beside them."""
SHEETS = TABLES - PROSE
"""Endings of tables, which may list or hold samples of any modality."""
MOST_TABLES = 20
"""Tables whose columns are looked at, at most."""


class Columns(NamedTuple):
    """A table, and the plain names of its columns."""

    file: Path
    columns: set[str]


def modality_named(corpus: Mapping[str, Any]) -> str:
    """The modality that the parameters of a corpus ask for: by name, or ``auto`` by what lies there.

    Where no corpus is named, it stays ``auto``: which one is taken then, the pipeline knows. Of an embedded corpus it
    is that corpus' own. Of another it is that of pictures where videos or images lie there, or nothing that any
    modality reads; else the one modality whose files lie there, or whose columns a table has.

    Raises:
        UserError: Files of several modalities lie there.
    """
    path, name = corpus.get("path"), str(corpus.get("modality", AUTO))
    if name != AUTO:
        return name
    embedded = embedded_name(path, default=None)
    if embedded is not None:
        return EMBEDDED[embedded].modality if embedded in EMBEDDED else PICTURES
    return AUTO if path is None else recognised_modality(Path(path).expanduser())


def recognised_modality(path: Path) -> str:
    """The modality of what lies at a path, that of pictures where nothing tells; raises as ``modality_named``."""
    files: list[Path] = []
    for file in files_at(path):
        if suffix_of(file.name) in VIDEO_SUFFIXES | IMAGE_SUFFIXES:
            return PICTURES
        files.append(file)
    tables = list(_tables(files))
    lists = [path] if suffix_of(path.name) in TABLES else [table.file for table in tables if table.columns & PATHS]
    listed = {file for table in lists for file in files_listed(table)}
    tables = [table for table in tables if not table.columns & PATHS]
    if any(pair_columns(sorted(table.columns)) for table in tables) or _are_pairs(files, path):
        return _told(path, TEXT)
    found = _by_what_is_their_own(files, tables) or _by_what_most_are(files, tables, listed, path)
    if len(found) > 1:
        named = ", ".join(f"{name} ({first})" for name, first in found.items())
        raise UserError(f"What lies at {path} may be of several modalities, {named}: say by corpus.modality which.")
    if not found and path.exists():
        logger.info("Nothing at %s tells its modality; it is read as corpus.modality=%s.", path, PICTURES)
    return _told(path, next(iter(found))) if found else PICTURES


def _are_pairs(files: Sequence[Path], path: Path) -> bool:
    """Whether it is a table of pairs without a header, or one of two aligned texts, or holds nothing else."""
    if path.is_file():
        return bare_columns(path) is not None or bool(aligned_texts(path))
    data = [file for file in files if not SIDE_STEMS.fullmatch(file.name.casefold())]
    aligned = {file for two in aligned_texts(path) for file in two[:2]}
    return 0 < len(data) <= MOST_TABLES and all(file in aligned or bare_columns(file) for file in data)


def _told(path: Path, name: str) -> str:
    logger.info("What lies at %s is taken for corpus.modality=%s.", path, name)
    return name


def _by_what_is_their_own(files: Sequence[Path], tables: Sequence[Columns]) -> dict[str, str]:
    """The modalities with a file of an ending that is theirs, or a table of their cells, each with the first's name."""
    first = {suffix_of(file.name): file.name for file in reversed(files)}
    found = {}
    for name, types in _file_types():
        own = {*types.kinds, *types.containers} - SHEETS - PROSE
        names = [first[ending] for ending in sorted(own & set(first))]
        names += [table.file.name for table in tables if table.columns & set(types.cells)]
        if names:
            found[name] = names[0]
    return found


def _by_what_most_are(
    files: Sequence[Path], tables: Sequence[Columns], listed: Set[Path], path: Path
) -> dict[str, str]:
    """The same where most of what may be samples are tables of measurements, or in folders of classes texts.

    A table with labels says something of samples, and is none, unless it is listed as one.
    """
    samples = [file for file in files if _may_be_sample(file)]
    deeper = [file for file in samples if file.parent != path] or samples
    measured = [one.file for one in tables if one.columns and (LABEL not in one.columns or one.file in listed)]
    if measured and _share(samples, SHEETS) >= max(0.5, _share(samples, PROSE)):
        first = measured[0]
    elif _share(deeper, PROSE) > 0.5:
        first = next(file for file in deeper if suffix_of(file.name) in PROSE)
    else:
        return {}
    return {name: first.name for name, types in _file_types() if suffix_of(first.name) in types.kinds}


def _may_be_sample(file: Path) -> bool:
    """Whether nothing says that the file lies beside the data: what is called README does."""
    suffix = suffix_of(file.name)
    if suffix in SHEETS | PROSE:
        return not SIDE_STEMS.fullmatch(file.name.casefold())
    return suffix not in SIDE_SUFFIXES


def _share(files: Sequence[Path], endings: Set[str]) -> float:
    return sum(suffix_of(file.name) in endings for file in files) / len(files) if files else 0.0


def _tables(files: Sequence[Path]) -> Iterator[Columns]:
    """The first tables, with their columns."""
    for file in islice((file for file in files if suffix_of(file.name) in SHEETS), MOST_TABLES):
        yield Columns(file, columns_of(file))


def _file_types() -> Iterator[tuple[str, FileTypes]]:
    for name, entry in MODALITIES.items():
        try:
            files = imported(entry.where).files
        except UserError:  # a package's that is broken: whoever asks for it by its name is told
            continue
        if isinstance(files, FileTypes):
            yield name, files
