"""Annotations in tables: segments in seconds or frames, a label a frame, and what BORIS exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks, marks_of_frames
from seqpipe.media.frames import Unusable
from seqpipe.media.text import normal_text

MEDIA_COLUMNS = ("Media file name", "Media file", "Media file path")
"""What BORIS calls the column of the video; known here as ``file``."""
POINT, START, STOP = "POINT", "START", "STOP"
"""What BORIS calls a behaviour without length, and the two ends of one that has a length."""


class Annotated(NamedTuple):
    """What a table says of its videos, by their paths as they are written there.

    Attributes:
        marks: The annotations of each video, or why they cannot be used.
        passed_over: What the table holds that is no segment, counted by what it is.
    """

    marks: dict[str, Marks | Unusable]
    passed_over: dict[str, int]


class TableForm(NamedTuple):
    """One way to write annotations down: the columns it is known by, and how it is read."""

    words: str
    columns: frozenset[str]
    read: Callable[[pd.DataFrame], Annotated]


def annotated(table: pd.DataFrame, where: str) -> Annotated:
    """Reads a table of strings in whichever form its columns say; raises UserError where they say none."""
    form = table_form(table)
    if form is None:
        raise UserError(
            f"{where} has the columns {', '.join(map(str, table.columns))}; expected {known_forms()}: rename them."
        )
    return form.read(with_file(table).map(normal_text))


def table_form(table: pd.DataFrame) -> TableForm | None:
    """The form of a table, by its columns; None where it holds no annotations."""
    columns = {str(column) for column in with_file(table).columns}
    return next((form for form in FORMS if form.columns <= columns), None)


def known_forms() -> str:
    """The forms and their columns, in words."""
    return "; or ".join(f"{form.words} ({', '.join(sorted(form.columns))})" for form in FORMS)


def _read_seconds(table: pd.DataFrame) -> Annotated:
    return _segments(table, "path", "start_s", "end_s", "label", "seconds")


def _read_frame_spans(table: pd.DataFrame) -> Annotated:
    return _segments(table, "path", "start_frame", "end_frame", "label", "frames")


def _segments(table: pd.DataFrame, path: str, start: str, end: str, label: str, unit: str) -> Annotated:
    marks: dict[str, Marks | Unusable] = {}
    for name, rows in table.groupby(path, sort=False):
        try:
            parts = [_mark(row) for row in rows[[start, end, label]].itertuples(index=False)]
            marks[str(name)] = Marks(tuple(parts), "frames" if unit == "frames" else "seconds")
        except Unusable as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, {})


def _mark(row: tuple[str, ...]) -> Mark:
    start, end, label = row
    if not label:
        raise Unusable("annotation_invalid", f"The segment from {start} to {end} has no label.")
    return Mark(_number(start), _number(end), label)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else float(text)
    except ValueError:
        raise Unusable("annotation_invalid", f"{text!r} is no time and no frame.") from None


def _read_frames(table: pd.DataFrame) -> Annotated:
    marks: dict[str, Marks | Unusable] = {}
    unlabelled = table["label"] == ""
    for name, rows in table[~unlabelled].groupby("path", sort=False):
        try:
            frames = [int(_number(frame)) for frame in rows["frame"]]
            marks[str(name)] = marks_of_frames(zip(frames, rows["label"], strict=True))
        except Unusable as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, {"frames without a label": int(unlabelled.sum())} if unlabelled.any() else {})


def _read_boris_aggregated(table: pd.DataFrame) -> Annotated:
    """A row a behaviour, with its start and stop."""
    points = table["Behavior type"] == POINT
    states = _segments(table[~points], "file", "Start (s)", "Stop (s)", "Behavior", "s")
    return states._replace(passed_over=_points(points))


def _read_boris_tabular(table: pd.DataFrame) -> Annotated:
    """A row an event: a behaviour of some length has one where it starts and one where it stops."""
    points = table["Behavior type"] == POINT
    marks: dict[str, Marks | Unusable] = {}
    for name, rows in table[~points].groupby("file", sort=False):
        try:
            marks[str(name)] = Marks(tuple(_paired(rows)), "seconds")
        except Unusable as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, _points(points))


def _paired(rows: pd.DataFrame) -> list[Mark]:
    """Each START with the next STOP of its behaviour and subject."""
    begun: dict[tuple[str, str], float] = {}
    marks: list[Mark] = []
    for subject, label, kind, time in rows[["Subject", "Behavior", "Behavior type", "Time"]].itertuples(index=False):
        key = (subject, label)
        if (kind == START) == (key in begun):
            raise Unusable("annotation_invalid", f"{label!r} has a {kind} at {time} s that belongs to no other event.")
        if kind == START:
            begun[key] = _number(time)
        else:
            marks.append(Mark(begun.pop(key), _number(time), label))
    if begun:
        label = next(iter(begun))[1]
        raise Unusable("annotation_invalid", f"{label!r} starts at {begun.popitem()[1]:g} s and never stops.")
    return marks


def with_file(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its videos in the column ``file``: BORIS calls it otherwise in each of its generations."""
    named = [column for column in MEDIA_COLUMNS if column in table.columns]
    return table.rename(columns={named[0]: "file"}) if named and "file" not in table.columns else table


def _points(points: pd.Series) -> dict[str, int]:
    return {"events without a length (POINT)": int(points.sum())} if points.any() else {}


FORMS = (
    TableForm("a segment a row in seconds", frozenset({"path", "start_s", "end_s", "label"}), _read_seconds),
    TableForm(
        "a segment a row in frames from 0, the last one not included",
        frozenset({"path", "start_frame", "end_frame", "label"}),
        _read_frame_spans,
    ),
    TableForm("a label a frame, from 0", frozenset({"path", "frame", "label"}), _read_frames),
    TableForm(
        "BORIS' aggregated events",
        frozenset({"file", "Behavior", "Behavior type", "Start (s)", "Stop (s)"}),
        _read_boris_aggregated,
    ),
    TableForm(
        "BORIS' tabular events",
        frozenset({"file", "Subject", "Behavior", "Behavior type", "Time"}),
        _read_boris_tabular,
    ),
)
"""Every form by which a table is known; the first whose columns are all there reads it."""
