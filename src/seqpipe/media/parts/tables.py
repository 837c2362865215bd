"""Tables that hold samples: the rows under one key, or a cell each; and texts with a sample a line."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.text_files import read_columns, read_frame, read_text
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.kept import Kept
from seqpipe.media.parts.paths import LINE, PARQUET, TABLES

KEY_NAMES = (
    *("key", "sequence", "sequence_id", "sequence_name", "sequence_key", "seq", "seq_id", "series", "series_id"),
    *("recording", "recording_id", "sample", "sample_id", "trial", "trial_id", "array", "id", "name"),
)
"""What the column is called whose value the rows of one sample share, in the order in which they are looked for."""
FIRST_ROW = 2
"""The number of the first row below the header, as an editor or a spreadsheet shows it."""
CELL = re.compile(r"(?P<column>.+)/(?P<row>\d+)", re.DOTALL)


def plain(name: str) -> str:
    """A column's name in one spelling: ``Sequence ID`` and ``sequence-id`` are ``sequence_id``."""
    return re.sub(r"[\s_-]+", "_", name.casefold()).strip("_")


def key_column(columns: list[str]) -> str | None:
    """The column whose value the rows of one sample share; None where none is called so."""
    by_plain = {plain(name): name for name in reversed(columns)}
    return next((by_plain[name] for name in KEY_NAMES if name in by_plain), None)


def column_names(file: Path) -> list[str]:
    """The names of a table's columns, of which the beginning alone is read; none where it is no table."""
    try:
        if file.suffix.casefold() != PARQUET:
            return read_columns(file)
        from pyarrow.parquet import read_schema

        return [str(name) for name in read_schema(file).names]
    except (UserError, ValueError, OSError):  # pyarrow's errors are ValueErrors
        return []


class Table:
    """A table in memory.

    Attributes:
        frame: Its cells: texts of a text, else as they are stored. The index holds the numbers of its rows in the file.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    @cached_property
    def rows_by_key(self) -> dict[str, np.ndarray]:
        """The places of the rows under each key, keys in the order of the file; empty where there is no such column."""
        column = key_column(list(self.frame.columns))
        if column is None:
            return {}
        groups = self.frame.groupby(self.frame[column].astype(str), sort=False).indices
        return {str(key): np.asarray(places) for key, places in groups.items() if key}


def _opened(file: Path) -> Table:
    if file.suffix.casefold() != PARQUET:
        return Table(read_frame(file))
    frame = pd.read_parquet(file)
    frame.columns = frame.columns.map(str)
    return Table(frame.set_axis(pd.RangeIndex(FIRST_ROW, len(frame) + FIRST_ROW), axis=0))


_table = Kept(_opened)


def read_table(file: Path) -> Table:
    """The table, which is parsed once for all its parts.

    Raises:
        InvalidSample: It is none, or broken.
        OSError: It cannot be read.
    """
    try:
        return _table(file)
    except (UserError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise InvalidSample("unreadable", f"The table {file.name} cannot be read: {error}") from error


def _named(file: Path) -> frozenset[str]:
    return frozenset(column_names(file)) if file.suffix.casefold() in TABLES else frozenset()


known_columns = Kept(_named)
"""The names of a table's columns; none of a file that is no table."""


def _bare(file: Path) -> list[list[str]]:
    """The cells of each line; of a file that is no table by its ending a line is one cell."""
    lines = read_text(file).removesuffix("\n").split("\n")
    tabs = file.suffix.casefold() in TABLES
    return [[cell.strip() for cell in line.split("\t")] if tabs else [line.strip()] for line in lines]


_bare_cells = Kept(_bare)


def bare_cells(file: Path) -> list[list[str]]:
    """The cells of each line of a table without a header, tabs between them and no marks around them.

    Of a file that is no table by its ending (``train.de``) each line is one cell.

    Raises:
        InvalidSample: It is no text.
        OSError: It cannot be read.
    """
    try:
        return _bare_cells(file)
    except UserError as error:
        raise InvalidSample("unreadable", str(error)) from error


def has_part(file: Path, key: str) -> bool:
    """Whether the table has such a cell or such rows; errors as of ``read_table``."""
    return _cell(file, key) is not None or key in read_table(file).rows_by_key


def read_cell(file: Path, key: str) -> str:
    """The text of a cell, its key as in ``COLUMN/ROW``; a list (of tokens, in a Parquet file) with blanks between.

    Raises:
        InvalidSample: There is no such cell.
        OSError: The file cannot be read.
    """
    found = _cell(file, key)
    if found is None:
        raise InvalidSample("unreadable", f"{file.name} has no cell {key!r}.")
    return found


def read_rows(file: Path, key: str) -> pd.DataFrame:
    """The rows under a key without its column, in the order of the file; cells of a text are texts.

    Raises:
        InvalidSample: There are none.
        OSError: The file cannot be read.
    """
    table = read_table(file)
    if key not in table.rows_by_key:
        raise InvalidSample("unreadable", f"{file.name} has no rows under the key {key!r}.")
    return table.frame.iloc[table.rows_by_key[key]].drop(columns=key_column(list(table.frame.columns)))


def table_content(file: Path, key: str) -> tuple[str, int]:
    """(sha256 in hex, bytes) of what lies under a key: of the cell's text, or of the rows; errors as of reading."""
    text = _cell(file, key)
    if text is not None:
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(data).hexdigest(), len(data)
    return _content_of_rows(read_rows(file, key))


def _content_of_rows(rows: pd.DataFrame) -> tuple[str, int]:
    digest, size = hashlib.sha256(json.dumps(list(rows.columns)).encode()), 0
    for name in rows:
        values = rows[name]
        numbers = values.dtype.kind in "biufM"
        data = values.to_numpy().tobytes() if numbers else "\0".join(map(str, values)).encode("utf-8", "surrogatepass")
        digest.update(f"\0{values.dtype if numbers else 'text'}\0{len(data)}\0".encode() + data)
        size += len(data)
    return digest.hexdigest(), size


def _cell(file: Path, key: str) -> str | None:
    found = CELL.fullmatch(key)
    if found is None:
        return None
    column, row = found["column"], int(found["row"])
    if _is_bare(file, column):
        cells = bare_cells(file)
        place = 1 if column == LINE else int(column)
        return cells[row - 1][place - 1] if 1 <= row <= len(cells) and 1 <= place <= len(cells[row - 1]) else None
    table = read_table(file)
    if column not in table.frame or row not in table.frame.index:
        return None
    return cell_text(table.frame.at[row, column])


def _is_bare(file: Path, column: str) -> bool:
    """Whether the column is one of a file without a header: a number that no column of it is called by, or a line."""
    if file.suffix.casefold() not in TABLES:
        return column == LINE
    return column.isdecimal() and column not in known_columns(file)


def cell_text(value: object) -> str:
    """A cell as text: empty where there is none."""
    if isinstance(value, list | tuple | np.ndarray):
        return " ".join(map(str, value))
    return "" if value is None or value is pd.NA or value != value else str(value)
