"""Corpora described by a table: a manifest with the columns path and label, and split and group where there are."""

from __future__ import annotations

import os
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.listed_files import ListedFiles, checked_rows
from seqpipe.media.corpora.listing import Row, kind_of, split_named
from seqpipe.media.corpora.manifest_columns import manifest_columns
from seqpipe.media.corpora.text_files import Line, Sheet, read_sheet
from seqpipe.media.text import normal_text

MANIFEST_NAMES = ("manifest.csv", "manifest.tsv")
"""What a folder's manifest is called, in any case; the first that is there."""
MANIFEST_SUFFIXES = frozenset([".csv", ".tsv", ".txt"])
"""Endings of a file that is a manifest where ``corpus.path`` names it."""


def is_manifest(root: Path) -> bool:
    """Whether ``root`` is a table of text, or a folder with a manifest.csv."""
    return _manifest_file(root) is not None


def _manifest_file(root: Path) -> Path | None:
    if root.is_file():
        return root if root.suffix.casefold() in MANIFEST_SUFFIXES else None
    files = {entry.name.casefold(): entry for entry in visible(root) if os.path.isfile(entry)} if root.is_dir() else {}
    return next((files[name] for name in MANIFEST_NAMES if name in files), None)


def read_manifest(root: Path) -> list[Row]:
    """One row a line: a whole file or folder of frames, its path relative to the manifest.

    Raises UserError where columns cannot be told apart, a file has several lines that do not say the same, or none
    of the files is there.
    """
    file = _manifest_file(root)
    if file is None:
        raise UserError(f"Expected a .csv file or a folder with a {MANIFEST_NAMES[0]}, got {root}; mend corpus.path.")
    sheet = read_sheet(file)
    columns = manifest_columns(sheet, file)
    listed = ListedFiles(file.parent)
    rows = [_row(line, columns, listed, file) for line in sheet.lines]
    _check_repeats(rows, sheet, columns, file)
    listed.log_respelled(file)
    return checked_rows(rows, str(file))


def _row(line: Line, columns: dict[str, str], listed: ListedFiles, file: Path) -> Row:
    where = f"line {line.number} of {file}"
    cells = {field: line.cells[column] for field, column in columns.items()}
    if not cells["path"]:
        raise UserError(f"Line {line.number} of {file} has no path; mend or remove it.")
    path = listed.find(cells["path"])
    return Row(
        path=path,
        kind=kind_of(path),
        label=normal_text(cells["label"]) or None,
        split=split_named(normal_text(cells.get("split", "")), where),
        group=normal_text(cells.get("group", "")) or None,
    )


def _check_repeats(rows: list[Row], sheet: Sheet, columns: dict[str, str], file: Path) -> None:
    """Raises UserError where the lines of one file differ in a column that is not read: they mean parts of it."""
    first: dict[Path, Line] = {}
    unread = [name for name in sheet.columns if name not in columns.values()]
    for row, line in zip(rows, sheet.lines, strict=True):
        before = first.setdefault(row.path, line)
        differing = [name for name in unread if before.cells[name] != line.cells[name]]
        if differing:
            raise UserError(
                f"Lines {before.number} and {line.number} of {file} are both of {row.path} and differ in "
                f"{', '.join(differing)}, which is not read: one line says the label of a whole file. Cut parts to "
                "files of their own (ffmpeg -i IN -ss START -to END OUT) and list these, or keep one line a file."
            )
