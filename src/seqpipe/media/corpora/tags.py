"""Tables of texts with a tag a token: words as they are, and what each of them is."""

from __future__ import annotations

from pathlib import Path

from seqpipe.media.annotations import Marks, marks_of_frames
from seqpipe.media.corpora.listed_files import checked_rows
from seqpipe.media.corpora.listing import Row, kind_of, split_named
from seqpipe.media.corpora.manifest_columns import cell_column
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.paths import part_path
from seqpipe.media.parts.tables import cell_text, read_table
from seqpipe.media.text import normal_text

TAGS = "tags"
"""The column of a table of texts that holds a tag a token."""


def read_tags(file: Path) -> tuple[list[Row], dict[Path, Marks | InvalidSample]]:
    """A table with a row a text and a tag a token, blanks between: step i of a text has its tag i.

    The rows, and the annotations by their paths.
    """
    table = read_table(file).frame
    cells = tags_column(file)
    rows: list[Row] = []
    marks: dict[Path, Marks | InvalidSample] = {}
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        path = part_path(file, f"{cells}/{line}")
        marks[path] = _marks_of_tags(cell_text(row[cells]).split(), cell_text(row[TAGS]).split())
        split, group = (normal_text(cell_text(row.get(name, ""))) for name in ("split", "group"))
        rows.append(Row(path, kind_of(path), None, split_named(split, f"line {line} of {file}"), group or None))
    return checked_rows(rows, str(file)), marks


def _marks_of_tags(tokens: list[str], tags: list[str]) -> Marks | InvalidSample:
    if len(tokens) != len(tags):
        return InvalidSample("annotation_invalid", f"It has {len(tokens)} tokens and {len(tags)} tags; give each one.")
    return marks_of_frames(enumerate(tags))


def tags_column(file: Path) -> str | None:
    """The column of tokens in a table that has ``tags`` beside it; None where it is no such table."""
    files = listed_files()
    if files is None or not files.cells:
        return None
    try:
        names = list(read_table(file).frame.columns)
    except (InvalidSample, OSError):
        return None
    return cell_column(names, files) if TAGS in names else None
