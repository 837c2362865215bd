"""A section of a report as data: what it says, without a word of HTML. `seqpipe.evaluation.report.page` renders it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from seqpipe.evaluation.figures.size import DPI
from seqpipe.evaluation.report.formats import FORMATS, Format

WIDE_PX = 6 * DPI
ROWS_OPEN = 12  # longer tables are folded


@dataclass(frozen=True)
class Styled:
    """Words that look otherwise than those around them."""

    text: str
    style: Literal["bold", "italic", "code", "badge"]


@dataclass(frozen=True)
class Link:
    """Words that lead to the section with this anchor."""

    text: str
    anchor: str


Inline = str | Styled | Link | tuple[str | Styled | Link, ...]
"""What a line is made of; it is escaped, whatever it holds."""


Row = Mapping[Any, Any]
"""Values of a table by the columns' keys."""


@dataclass(frozen=True)
class Text:
    """A paragraph; ``look``: a note is small, a finding and a contrast are set off, a warning is a bad finding."""

    content: Inline
    look: Literal["plain", "lead", "note", "contrast", "finding", "warning"] = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: Of the rows' values; of an interval they are ``<key>_low`` and ``<key>_high``.
        heading: Above it.
        format: How its values are written: see `seqpipe.evaluation.report.formats`.
        title: What is told where the pointer rests on the heading.
    """

    key: str
    heading: str
    format: Format = "text"
    title: str = ""

    def cell(self, row: Row) -> Inline:
        """What stands in the column in this row."""
        if self.format == "interval":
            return FORMATS["interval"]((row[f"{self.key}_low"], row[f"{self.key}_high"]))
        value = row[self.key]
        return value if isinstance(value, Styled | Link | tuple) else FORMATS[self.format](value)

    @property
    def is_text(self) -> bool:
        """Whether it is written from the left."""
        return self.format in ("text", "interval", "sentence")


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: From left to right.
        rows: From top to bottom; values of text may be `Inline`.
        total: A row below all others, or none.
        best: Which rows are set off as the best, by their places.
        narrow: Whether it has more columns than fit in the usual size.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    best: Sequence[int] = ()
    narrow: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure as PNG bytes, what it shows for those who do not see it, its heading and how to read it."""

    png: bytes
    alt: str
    heading: str = ""
    reading: str = ""

    @property
    def wide(self) -> bool:
        """Whether it needs the page's whole width."""
        return int.from_bytes(self.png[16:20], "big") > WIDE_PX  # PNG's first chunk begins with it


@dataclass(frozen=True)
class Side:
    """Pictures side by side, as many as fit."""

    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Facts:
    """Terms, and what is so of each."""

    facts: Sequence[tuple[str, Inline]]


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Inline]


@dataclass(frozen=True)
class Command:
    """What is typed into a terminal."""

    text: str


@dataclass(frozen=True)
class Folded:
    """Parts that are shown when their summary is clicked."""

    summary: str
    parts: Sequence[Part]


Part = Text | Heading | Table | Picture | Side | Facts | Items | Command | Folded


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        title: Its heading, also in the list of contents.
        anchor: What links lead to: letters, digits and hyphens, of this section alone.
        parts: What it says, from top to bottom.

    Raises:
        TypeError: ``parts`` holds something that is no part.
    """

    title: str
    anchor: str
    parts: Sequence[Part]

    def __post_init__(self) -> None:
        for part in self.parts:
            if not isinstance(part, Part):
                known = ", ".join(kind.__name__ for kind in get_args(Part))
                raise TypeError(f"a section is made of {known}, not of {type(part).__name__}")


def anchor(*words: str) -> str:
    """An anchor of these words, whatever letters they have."""
    return "-".join(re.sub(r"\W+", "-", word) for word in words)


def folded_if_long(table: Table, summary: str) -> Part:
    """The table, behind ``summary`` where it has more than `ROWS_OPEN` rows."""
    return Folded(summary, (table,)) if len(table.rows) > ROWS_OPEN else table


def plural(n: int, one: str, several: str) -> str:
    """The word for one or for several."""
    return one if n == 1 else several
