"""Quotation marks in tables: what encloses a cell, or letters of what somebody has said."""

from __future__ import annotations

import csv
from collections.abc import Sequence

RARELY_QUOTED = ("\t", "|")
"""Separators that hardly stand in a cell, so that many writers put no marks around cells that hold quotation marks."""


def marks_are_letters(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the quotation marks of a table with tabs or bars are letters: read as marks they make no sense.

    They do not where a mark is not closed, or has text behind it; or where a cell runs over lines that are whole
    without it.

    Args:
        lines: Of the table, the header first.
        delimiter: What stands between cells.
    """
    if delimiter not in RARELY_QUOTED or not any('"' in line for line in lines):
        return False
    widths = {line.count(delimiter) for line in lines}
    try:
        cells = [cell for row in _as_marks(lines, delimiter) for cell in row]
    except csv.Error:
        return max(widths) <= lines[0].count(delimiter)
    return len(widths) == 1 and any("\n" in cell for cell in cells)


def _as_marks(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    ended = (f"{line}\n" for line in lines)
    return list(csv.reader(ended, delimiter=delimiter, strict=True, skipinitialspace=True))
