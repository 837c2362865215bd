"""Corpora described by a table: a manifest with a line a sample, its label, and split and group where there are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.containers import container_beside, is_container
from seqpipe.media.corpora.files import suffix_kind, visible
from seqpipe.media.corpora.listed_files import ListedFiles, checked_rows
from seqpipe.media.corpora.listing import Row, kind_of, split_named
from seqpipe.media.corpora.manifest_columns import cell_column, manifest_columns
from seqpipe.media.corpora.names import suffix_of
from seqpipe.media.corpora.text_files import Line, Sheet, read_sheet
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.paths import PARQUET, TEXT_TABLES, part_path
from seqpipe.media.parts.tables import cell_text, read_table
from seqpipe.media.text import normal_text

MANIFEST_NAMES = ("manifest.csv", "manifest.tsv", "manifest.parquet")
"""What a folder's manifest is called, in any case; the first that is there."""
MANIFEST_SUFFIXES = TEXT_TABLES | {PARQUET}
"""Endings of a file that is a manifest where ``corpus.path`` names it."""


def is_manifest(root: Path) -> bool:
    """Whether ``root`` is a table, or a folder with a manifest.csv, or with the one table that holds the samples.

    Raises UserError where there are several such tables.
    """
    return _manifest_file(root) is not None


def _manifest_file(root: Path) -> Path | None:
    if root.is_file():
        return root if root.suffix.casefold() in MANIFEST_SUFFIXES else None
    files = {entry.name.casefold(): entry for entry in visible(root) if os.path.isfile(entry)} if root.is_dir() else {}
    named = next((files[name] for name in MANIFEST_NAMES if name in files), None)
    return named or _table_of_samples(root, list(files.values()))


def _table_of_samples(root: Path, files: list[Path]) -> Path | None:
    """The one table in the folder whose cells are the samples; None where none is, or samples are no cells."""
    tables = [file for file in files if file.suffix.casefold() in MANIFEST_SUFFIXES - {".txt"} and holds_samples(file)]
    if len(tables) > 1:
        raise UserError(
            f"{root} holds several tables of samples ({', '.join(file.name for file in tables)}): name one of them by "
            "corpus.path, or lay them together in one, with a column split."
        )
    return tables[0] if tables else None


def holds_samples(file: Path) -> bool:
    """Whether the cells of a table are samples, as its columns say."""
    files = listed_files()
    if files is None or not files.cells:
        return False
    try:
        return cell_column(list(read_table(file).frame.columns), files) is not None
    except (InvalidSample, OSError):
        return False


def is_list(file: Path) -> bool:
    """Whether a table lists samples, or holds them, and is none itself.

    Where samples may be tables, only one with a line a sample, whose columns ``path`` or ``key`` say which, is a list.
    """
    if suffix_of(file.name) not in MANIFEST_SUFFIXES:
        return False
    if suffix_kind(file) is None:
        return file.suffix.casefold() == ".csv" or holds_samples(file)
    try:
        table = read_table(file)
    except (InvalidSample, OSError):
        return False
    return "path" in table.frame or ("key" in table.frame and len(table.rows_by_key) == len(table.frame))


def read_manifest(root: Path, labelled: bool = True) -> list[Row]:
    """One row a line: a whole file or folder of frames, its path relative to the manifest, or a part of a file.

    Args:
        root: The table, or the folder that holds it.
        labelled: Whether it has to have labels.

    Raises:
        UserError: Columns cannot be told apart, a sample has several lines that do not say the same, or none of the
            samples is there.
    """
    file = _manifest_file(root)
    if file is None:
        raise UserError(f"Expected a .csv file or a folder with a {MANIFEST_NAMES[0]}, got {root}; mend corpus.path.")
    sheet = _sheet(file)
    columns = manifest_columns(sheet, file, labelled)
    listed = ListedFiles(file.parent)
    place = place_of(columns, listed, file)
    rows = [_row(line, columns, place(line), file) for line in sheet.lines]
    _check_repeats(rows, sheet, columns, file)
    listed.log_respelled(file)
    return checked_rows(rows, str(file))


def _sheet(file: Path) -> Sheet:
    """The table; where its cells are samples, no line is a comment."""
    if file.suffix.casefold() != PARQUET and not holds_samples(file):
        return read_sheet(file)
    try:
        frame = read_table(file).frame
    except InvalidSample as unusable:
        raise UserError(f"{unusable.detail} Mend {file}, or write it as a .csv.") from unusable
    names = list(frame.columns)
    rows = frame.itertuples(name=None)
    return Sheet(names, [Line(number, dict(zip(names, map(cell_text, cells), strict=True))) for number, *cells in rows])


def place_of(columns: dict[str, str], listed: ListedFiles, file: Path) -> Callable[[Line], Path]:
    """Where the sample of a line is: a file, a key in it or in the one container beside the manifest, or a cell."""
    if "cell" in columns:
        return lambda line: part_path(file, f"{columns['cell']}/{line.number}")
    if "path" not in columns:
        container = container_beside(file)
        return lambda line: part_path(container, _filled("key", line, columns, file))

    def place(line: Line) -> Path:
        path = listed.find(_filled("path", line, columns, file))
        key = line.cells[columns["key"]] if "key" in columns else ""
        return part_path(path, key) if key and is_container(path) else path

    return place


def _filled(field: str, line: Line, columns: dict[str, str], file: Path) -> str:
    cell = line.cells[columns[field]]
    if not cell:
        raise UserError(f"Line {line.number} of {file} has no {field}; mend or remove it.")
    return cell


def _row(line: Line, columns: dict[str, str], path: Path, file: Path) -> Row:
    cells = {field: normal_text(line.cells[column]) for field, column in columns.items()}
    return Row(
        path=path,
        kind=kind_of(path),
        label=cells.get("label", "") or None,
        split=split_named(cells.get("split", ""), f"line {line.number} of {file}"),
        group=cells.get("group", "") or None,
        others=line.cells,
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
