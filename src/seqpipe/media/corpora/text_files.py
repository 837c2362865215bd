"""Text files of a corpus, whatever program on whatever system wrote them: the one place that reads them."""

from __future__ import annotations

import codecs
import csv
import io
import logging
import re
from itertools import dropwhile
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.quotation import marks_are_letters
from seqpipe.media.text import BYTE_ORDER_MARK, normal_text

logger = logging.getLogger(__name__)

MARKED_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by the mark at the start of a file; UTF-32's little-endian mark begins with UTF-16's, so it comes first."""
DELIMITERS = (",", ";", "\t", "|")
"""What may stand between cells; spreadsheets write ``;`` where the comma is the decimal sign."""
Records = list[tuple[int, list[str]]]
"""The number and the cells of each line."""
HEAD_BYTES = 1 << 16
"""Of a table whose header alone is asked for."""
COMMENT = re.compile(r"\s*(#|$)")
"""A line that says nothing of samples."""
EXCEL_DELIMITER = re.compile(r"sep=(.)")
"""A first line by which Excel is told the delimiter."""


class Line(NamedTuple):
    """One line of a sheet: its number in the file, counted from 1, and its cells by column."""

    number: int
    cells: dict[str, str]


class Sheet(NamedTuple):
    """A table of text: the names of its columns, and its lines."""

    columns: list[str]
    lines: list[Line]


def read_text(file: Path, most_bytes: int = -1) -> str:
    r"""The text of ``file``, or of its first bytes, with ``\n`` between its lines and without a byte order mark.

    The mark tells the encoding; without one it is UTF-8, UTF-16 where every other byte is zero, else Windows-1252,
    which is logged. Raises UserError where it cannot be read or is no text.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(most_bytes)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}; mend its permissions, or move it away.") from error
    text = _decoded(data, file, whole=len(data) != most_bytes)
    if "\0" in text:
        raise UserError(f"{file} is no text, but should be a list of samples; save it as UTF-8 text.")
    return re.sub(r"\r\n?", "\n", text).replace(BYTE_ORDER_MARK, "")


def _decoded(data: bytes, file: Path, whole: bool) -> str:
    marked = [encoding for mark, encoding in MARKED_ENCODINGS.items() if data.startswith(mark)]
    encodings = [*marked, *_unmarked_utf16(data), "utf-8"]
    for encoding in encodings:
        try:
            return codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
        except UnicodeDecodeError:
            continue
    logger.warning("%s is not UTF-8; it is read as Windows-1252. Save it as UTF-8 if names look wrong.", file)
    return data.decode("cp1252", errors="replace")


def _unmarked_utf16(data: bytes) -> list[str]:
    """The byte order of UTF-16 without a mark: most letters of names and paths have a zero byte, on one side."""
    if data[1::2].count(0) > len(data) // 4:
        return ["utf-16-le"]
    return ["utf-16-be"] if data[::2].count(0) > len(data) // 4 else []


def read_lines(file: Path) -> list[str]:
    """The lines of a list without outer blanks; empty lines and comments, which begin with ``#``, are left out."""
    return [line.strip() for _, line in _numbered_lines(file)]


def read_columns(file: Path) -> list[str]:
    """The names of a table's columns, of which the beginning alone is read; raises UserError where it is no text."""
    lines = [(1, line) for line in read_text(file, HEAD_BYTES).split("\n") if not COMMENT.match(line)]
    lines, delimiter = _delimited(lines, file)
    return [name for name in map(normal_text, _split(lines[0][1], delimiter)) if name]


def _numbered_lines(file: Path, all_are_data: bool = False) -> list[tuple[int, str]]:
    """The lines that have content, without comments; or all of them from the first that has content."""
    numbered = enumerate(read_text(file).split("\n"), start=1)
    if all_are_data:
        return list(dropwhile(lambda line: not line[1].strip(), numbered))
    lines = [(number, line) for number, line in numbered if line.strip()]
    comments = [line.strip() for _, line in lines if line.lstrip().startswith("#")]
    if comments:
        logger.info("%s: %d comment line(s) are passed over, such as %r.", file, len(comments), comments[0])
    return [(number, line) for number, line in lines if not line.lstrip().startswith("#")]


def read_sheet(file: Path, all_are_data: bool = False) -> Sheet:
    """A table whose first line names the columns, with commas, semicolons, tabs or bars between cells.

    Lines without any content are left out. Column names are in normal form; cells are as they stand there, but for
    outer white space, for names of files differ by the byte.

    Args:
        file: The table.
        all_are_data: A line that begins with ``#`` is no comment, and a cell may have empty lines: cells are texts.

    Raises:
        UserError: A line has more cells than there are columns, two columns have one name, or a quotation mark is not
            closed.
    """
    header, records = _read(file, all_are_data)
    return Sheet(
        [name for name in header if name],
        [Line(number, _by_column(_padded(number, cells, header, file), header)) for number, cells in records],
    )


def read_frame(file: Path, header_optional: bool = False) -> pd.DataFrame:
    """The same as a frame of texts, its index the numbers of the lines; every line is data, none a comment.

    Args:
        file: The table.
        header_optional: A first line of nothing but numbers is no header: columns are then called 1, 2, ...
    """
    header, records = _read(file, all_are_data=True, header_optional=header_optional)
    rows = [_padded(number, cells, header, file) for number, cells in records]
    frame = pd.DataFrame(rows, [number for number, _ in records], header, dtype=object)
    return frame.loc[:, [bool(name) for name in header]]


def _read(file: Path, all_are_data: bool, header_optional: bool = False) -> tuple[list[str], Records]:
    """The names of the columns in normal form, and the number and the cells of each line."""
    lines, delimiter = _delimited(_numbered_lines(file, all_are_data), file)
    records = _records(lines, delimiter, file)
    first = records[0][1]
    if header_optional and all(map(_is_number, first)):
        return [str(place) for place in range(1, len(first) + 1)], records
    header = [normal_text(name) for name in first]
    _check_header(header, file)
    return header, records[1:]


def _delimited(lines: list[tuple[int, str]], file: Path) -> tuple[list[tuple[int, str]], str]:
    """The lines from that of the header on, and what stands between its cells."""
    stated = EXCEL_DELIMITER.fullmatch(lines[0][1].strip(" ")) if lines else None
    if stated:
        lines = lines[1:]
    if not lines:
        raise UserError(f"{file} is empty; expected a line with the names of the columns, and a line a sample.")
    return lines, stated[1] if stated else max(DELIMITERS, key=lambda mark: len(_split(lines[0][1], mark)))


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return cell == ""
    return True


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _records(lines: list[tuple[int, str]], delimiter: str, file: Path) -> Records:
    """Number and cells of every line that has content."""
    text = io.StringIO("\n".join(line for _, line in lines), newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
    if marks_are_letters([line for _, line in lines], delimiter):
        quoting = csv.QUOTE_NONE
        logger.info("%s: quotation marks are read as letters, for as marks around cells they make no sense.", file)
    reader = csv.reader(text, delimiter=delimiter, quoting=quoting, strict=True, skipinitialspace=True)
    records: Records = []
    first = 0
    try:
        for cells in reader:
            number, line = lines[first]
            # A table of one column says by quotes that a cell is there and empty.
            alone = records and len(records[0][1]) == len(cells) == 1 and '"' in line
            if alone or any(map(str.strip, cells)):
                records.append((number, [cell.strip() for cell in cells]))
            first = reader.line_num  # a cell in quotes may run over several lines
    except csv.Error as error:
        raise UserError(
            f"Line {lines[first][0]} of {file} cannot be read ({error}); mend its quotation marks."
        ) from error
    return records


def _check_header(header: list[str], file: Path) -> None:
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise UserError(f"{file} has two columns called {repeated[0]!r}; rename one of them.")


def _padded(number: int, cells: list[str], header: list[str], file: Path) -> list[str]:
    """A cell for each name of the header, however many the line has."""
    width = max((place for place, name in enumerate(header, start=1) if name), default=0)
    if any(cells[width:]):
        raise UserError(
            f"Line {number} of {file} has more cells than its header has columns; name every column, and put a value "
            "that holds the separator in quotes."
        )
    return cells[: len(header)] + [""] * (len(header) - len(cells))


def _by_column(cells: list[str], header: list[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(header, cells, strict=True) if name}
