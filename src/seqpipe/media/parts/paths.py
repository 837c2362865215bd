"""A sample that is a part of a file: an array of an .npz, the rows of a table under one key, a cell of a table, a line.

Its path is ``FILE::KEY``, wherever a sample has a path: ``sequences.npz::s07_PEN_R_0``. A cell's key is
``COLUMN/ROW``, the row as the lines of the file are numbered: the first below the header is 2. Without a header columns
are called 1, 2, ... (``deu.txt::1/17``). A line of a text that is no table has the key ``line/17``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError

MARK = "::"
"""Between a file and the key within it."""
ARRAYS = ".npz"
"""The ending of a file of arrays by their names."""
TEXT_TABLES = frozenset([".csv", ".tsv", ".txt"])
"""Endings of tables that are texts."""
PARQUET = ".parquet"
TABLES = TEXT_TABLES | {PARQUET}
CONTAINERS = TABLES | {ARRAYS}
"""Endings of files that may hold several samples."""
SPLIT = re.compile(f"(?P<file>.+?({'|'.join(map(re.escape, sorted(CONTAINERS)))})){MARK}(?P<key>.+)", re.I | re.S)
LINE = "line"
"""What stands before the number of a line in its key."""
LINE_SPLIT = re.compile(rf"(?P<file>.+){MARK}(?P<key>{LINE}/\d+)", re.S)


class Part(NamedTuple):
    """A place within a file."""

    file: Path
    key: str


def part_path(file: Path, key: str) -> Path:
    """The path of a part.

    Raises:
        UserError: The key is none that a path can end in (empty, or with ``//``, ``..`` and the like between slashes).
    """
    behind = f"file{MARK}{key}"  # the file itself may lie behind ``..``, which is not for a text to resolve: links
    if not key or "\0" in key or os.path.normpath(behind) != behind:
        raise UserError(f"{file} has the key {key!r}, which cannot stand in a path; give it another name.")
    return Path(f"{file}{MARK}{key}")


def split_part(path: str | Path) -> Part | None:
    """The file and the key of a part; None of a whole file, also of one whose own name reads like a part's."""
    found = None if MARK not in str(path) or os.path.lexists(path) else _matched(str(path))
    return Part(Path(found["file"]), found["key"]) if found else None


def _matched(path: str) -> re.Match[str] | None:
    return SPLIT.fullmatch(path) or LINE_SPLIT.fullmatch(path)


def file_of(path: str | Path) -> Path:
    """The file that a sample lies in: its own, or that of a part."""
    part = split_part(path)
    return Path(path) if part is None else part.file


def own_name(id_: str) -> str:
    """What names a sample in an id or a path: the key of a part, else the file's name; nothing is looked up."""
    found = _matched(id_) if MARK in id_ else None
    return found["key"] if found else os.path.basename(id_)
