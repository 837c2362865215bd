"""Files that hold several samples: which do, and the parts that are samples."""

from __future__ import annotations

import os
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.names import suffix_of
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import FileTypes, listed_files
from seqpipe.media.parts.paths import ARRAYS, PARQUET, TEXT_TABLES, part_path
from seqpipe.media.parts.reading import is_archive, keys_of
from seqpipe.media.parts.tables import read_table

PREFERRED = (frozenset([ARRAYS]), frozenset([PARQUET]), TEXT_TABLES)
"""What is looked for beside a manifest of keys, in this order: tables beside arrays say something about these."""


def is_container(file: Path) -> bool:
    """Whether the samples of the corpus that is being read may be parts of such a file, by its name."""
    files = listed_files()
    return files is not None and suffix_of(file.name) in files.containers


def container_beside(manifest: Path) -> Path:
    """The one file beside a manifest that its keys are of.

    Raises:
        UserError: There is none, or there are several.
    """
    there = [file for file in visible(manifest.parent) if is_container(file) and os.path.isfile(file)]
    others = [file for file in there if file.name != manifest.name]
    for endings in PREFERRED:
        found = [file for file in others if suffix_of(file.name) in endings]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(file.name for file in found)
            raise UserError(
                f"{manifest} has keys, and several files may hold them ({names}): add a column path that names the "
                "file of each."
            )
    files = listed_files()
    known = ", ".join(sorted(files.containers)) if files else ""
    raise UserError(f"{manifest} has keys, and no file that holds them ({known}) lies beside it: lay it there.")


def samples_in(file: Path) -> list[Path]:
    """The samples in a file: an .npz of several has its arrays, a table with a column ``key`` its keys, others are one.

    What of a broken file is a sample, probing will tell.
    """
    files = listed_files()
    if files is None or not is_container(file):
        return [file]
    try:
        names = _names(file, files)
    except (InvalidSample, OSError):
        return [file]
    return [part_path(file, name) for name in names] or [file]


def _names(file: Path, files: FileTypes) -> list[str]:
    """What the samples in the file are called, where there are several."""
    if not is_archive(file):
        return keys_of(file) if "key" in read_table(file).frame else []
    names = keys_of(file)
    return [] if len(names) < 2 or files.arrays.issuperset(names) else names
