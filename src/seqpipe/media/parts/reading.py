"""Parts of files of any kind: whether they are there, which a file has, and what their content is."""

from __future__ import annotations

import os
from pathlib import Path

from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts import arrays, tables
from seqpipe.media.parts.paths import ARRAYS, Part, split_part


def exists(path: str | Path) -> bool:
    """Whether a sample is there: the file or folder, or the part of a file."""
    part = split_part(path)
    if part is None:
        return os.path.exists(path)
    try:
        return _has(part)
    except (InvalidSample, OSError):
        return False


def _has(part: Part) -> bool:
    if is_archive(part.file):
        return part.key in arrays.array_names(part.file)
    return tables.has_part(part.file, part.key)


def is_archive(file: Path) -> bool:
    """Whether the name promises arrays; else it is a table."""
    return file.suffix.casefold() == ARRAYS


def keys_of(file: Path) -> list[str]:
    """The names of a file's arrays, or the keys that the rows of a table are under, in the order of the file.

    Raises:
        InvalidSample: It is none, or broken.
        OSError: It cannot be read.
    """
    return arrays.array_names(file) if is_archive(file) else list(tables.read_table(file).rows_by_key)


def content_of_part(part: Part) -> tuple[str, int]:
    """(sha256 in hex, bytes) of what lies under the key, and of nothing else in the file; errors as of ``keys_of``."""
    content = arrays.array_content if is_archive(part.file) else tables.table_content
    return content(part.file, part.key)
