"""What it takes to read a form of annotations in tables, and rows that are segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.frames import InvalidSample


class Annotated(NamedTuple):
    """What a table says of its videos, by their paths as they are written there.

    Attributes:
        marks: The annotations of each video, or why they cannot be used.
        passed_over: What the table holds that is no segment, counted by what it is.
    """

    marks: dict[str, Marks | InvalidSample]
    passed_over: dict[str, int]


class TableForm(NamedTuple):
    """One way to write annotations down: the columns it is known by, and how it is read."""

    words: str
    columns: frozenset[str]
    read: Callable[[pd.DataFrame], Annotated]


def read_segments(table: pd.DataFrame, path: str, start: str, end: str, label: str, unit: str) -> Annotated:
    """A segment a row, by the names of its columns; ``unit``: frames, or else seconds."""
    marks: dict[str, Marks | InvalidSample] = {}
    for name, rows in table.groupby(path, sort=False):
        try:
            parts = [_mark(row) for row in rows[[start, end, label]].itertuples(index=False)]
            marks[str(name)] = Marks(tuple(parts), "frames" if unit == "frames" else "seconds")
        except InvalidSample as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, {})


def _mark(row: tuple[str, ...]) -> Mark:
    start, end, label = row
    if not label:
        raise InvalidSample("annotation_invalid", f"The segment from {start} to {end} has no label.")
    return Mark(number(start), number(end), label)


def number(text: str) -> float:
    """A time or a frame, with a comma or a point; raises InvalidSample where it is none."""
    try:
        return float(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else float(text)
    except ValueError:
        raise InvalidSample("annotation_invalid", f"{text!r} is no time and no frame.") from None
