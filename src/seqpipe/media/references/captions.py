"""Captions in a table: a line a caption, or a line a sample with a column for each of its captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listed_files import FilesBelow
from seqpipe.media.corpora.listing import Row, split_named
from seqpipe.media.corpora.manifest_columns import (
    SYNONYMS,
    check_flags,
    file_columns,
    said_besides,
    tell_columns,
)
from seqpipe.media.corpora.manifests import place_of
from seqpipe.media.corpora.text_files import Sheet
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.tables import column_names, key_column, plain
from seqpipe.media.references.gathered import Told, gathered, tell_unmentioned
from seqpipe.media.references.tables import CAPTION, SplitFile, sentence_columns, sentences_by_line, sheet_of, tables_at
from seqpipe.media.text import normal_text

IDS = ("image_id", "video_id", "clip_id")
"""What may name a file where no column says its path."""
STRETCH = {"start", "end", "begin", "start_s", "end_s", "start_time", "end_time", "start_frame", "end_frame"}
"""Columns of a stretch of time within a file."""


def is_captions(root: Path) -> bool:
    """Whether ``root`` is a table of files or keys with sentences of each, or a folder with such a table.

    Raises UserError where there are several.
    """
    return bool(_tables(root))


def _tables(root: Path) -> list[SplitFile]:
    return tables_at(root, lambda file: _tells_captions(column_names(file)))


def _tells_captions(names: Sequence[str]) -> bool:
    files, plains = listed_files(), {plain(name) for name in names}
    keyed = files is not None and bool(files.containers) and not files.cells and key_column(list(names)) is not None
    return bool(plains & {"path", *SYNONYMS["path"], *IDS} or keyed) and bool(sentence_columns(names, CAPTION))


def read_captions(root: Path) -> list[Row]:
    """One row a sample: a file, a folder of frames or a part of a file, with its captions.

    Raises:
        UserError: It is no such table, its columns cannot be told apart, the lines of a sample contradict one another,
            or tell of stretches of it, or none of the samples is there.
    """
    tables = _tables(root)
    if not tables:
        raise UserError(f"{root} is no table of captions; expected the columns path,caption[,split][,group].")
    rows = gathered([line for table in tables for line in _lines(*table)], str(root))
    tell_unmentioned(rows, [table.file for table in tables])
    return rows


def _lines(file: Path, split: str | None) -> list[Told]:
    sheet = sheet_of(file)
    captions = sentence_columns(sheet.columns, CAPTION)
    columns = _columns(sheet, captions, file)
    listed = FilesBelow(file.parent)
    place, sentences = place_of(columns, listed, file), sentences_by_line(file, captions)
    told = []
    for line in sheet.lines:
        cells = {field: normal_text(line.cells[column]) for field, column in columns.items()}
        side = split_named(cells.get("split", ""), f"line {line.number} of {file}") or split
        told.append(Told(place(line), sentences[line.number], side, cells.get("group") or None, line.cells))
    listed.log_respelled(file)
    _check_whole(told, [name for name in sheet.columns if plain(name) in STRETCH], file)
    return told


def _columns(sheet: Sheet, captions: Sequence[str], file: Path) -> dict[str, str]:
    """The columns by what they say, the captions' by their own names where there are several."""
    others = Sheet([name for name in sheet.columns if name not in captions], sheet.lines)
    columns = file_columns(others, file)
    named = [name for word in IDS for name in others.columns if plain(name) == word]
    if not columns and named:
        columns = {"path": named[0]}
    columns |= said_besides(("split", "group"), columns, others, file)
    check_flags(columns, others, file)
    said = {"caption": captions[0]} if len(captions) == 1 else {name: name for name in captions}
    tell_columns(columns | said, sheet, file)
    return columns


def _check_whole(told: Sequence[Told], stretch: Sequence[str], file: Path) -> None:
    """Raises UserError where lines of one file tell of several stretches of it: captions are of a whole file."""
    first: dict[Path, Told] = {}
    for line in told:
        before = first.setdefault(line.path, line)
        if any(before.others[name] != line.others[name] for name in stretch):
            raise UserError(
                f"{file} tells of several stretches of {line.path} ({', '.join(stretch)}), and a caption is of a whole "
                "file: cut them to files of their own (ffmpeg -i IN -ss START -to END OUT) and list these."
            )
