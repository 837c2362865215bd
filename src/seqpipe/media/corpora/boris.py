"""What BORIS exports: events of subjects, in tables."""

from __future__ import annotations

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.table_forms import Annotated, TableForm, number, read_segments
from seqpipe.media.frames import InvalidSample
from seqpipe.media.text import normal_text

MEDIA_COLUMNS = ("Media file name", "Media file", "Media file path")
"""What BORIS calls the column of the video; known here as ``file``."""
POINT, START, STOP = "POINT", "START", "STOP"
"""What BORIS calls a behaviour without length, and the two ends of one that has a length."""
SUBJECT = "Subject"
"""The column of who does it; aggregated events may lack it."""


def with_file(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its videos in the column ``file``: BORIS calls it otherwise in each of its generations."""
    named = [column for column in MEDIA_COLUMNS if column in table.columns]
    return table.rename(columns={named[0]: "file"}) if named and "file" not in table.columns else table


def read_subject(form: TableForm, table: pd.DataFrame, where: str, subject: str | None) -> Annotated:
    """The annotations of one subject; a video that has those of others alone cannot be used.

    Args:
        form: One of ``BORIS_FORMS``.
        table: Texts in their normal form, with the column ``file``.
        where: What a sentence calls the table.
        subject: Its name in the column ``Subject``; None: the only one that has annotations in each video.

    Raises:
        UserError: There are no subjects or none of that name, or a video has several and none is named.
    """
    subjects = _subjects(table)
    if subject is None:
        _check_alone(subjects, where)
        return form.read(table)
    subject = normal_text(subject)
    if not any(subject in names for names in subjects.values()):
        raise UserError(f"{where} has no annotations of the subject {subject!r}; its subjects: {_all_of(subjects)}.")
    theirs = table[SUBJECT] != subject
    read = form.read(table[~theirs])
    others: dict[str, Marks | InvalidSample] = {
        file: _lacks(subject, names) for file, names in subjects.items() if subject not in names
    }
    passed_over = {"events of other subjects": int(theirs.sum())} if theirs.any() else {}
    return Annotated(read.marks | others, read.passed_over | passed_over)


def _subjects(table: pd.DataFrame) -> dict[str, list[str]]:
    """Who has annotations of some length, by video."""
    if SUBJECT not in table:
        return {}
    states = table[table["Behavior type"] != POINT]
    return {str(file): list(names.unique()) for file, names in states.groupby("file", sort=False)[SUBJECT]}


def _check_alone(subjects: dict[str, list[str]], where: str) -> None:
    for file, names in subjects.items():
        if len(names) > 1:
            raise UserError(
                f"{where} has annotations of the subjects {_named(names)} in {file}: name one by frame_labels.subject."
            )


def _lacks(subject: str, names: list[str]) -> InvalidSample:
    return InvalidSample(
        "annotation_missing", f"It has no annotations of the subject {subject!r}, but of {_named(names)}."
    )


def _all_of(subjects: dict[str, list[str]]) -> str:
    return _named([name for names in subjects.values() for name in names]) or "none"


def _named(names: list[str]) -> str:
    return ", ".join(map(repr, dict.fromkeys(names)))


def _read_boris_aggregated(table: pd.DataFrame) -> Annotated:
    """A row a behaviour, with its start and stop."""
    points = table["Behavior type"] == POINT
    states = read_segments(table[~points], "file", "Start (s)", "Stop (s)", "Behavior", "s")
    return states._replace(passed_over=_points(points))


def _read_boris_tabular(table: pd.DataFrame) -> Annotated:
    """A row an event: a behaviour of some length has one where it starts and one where it stops."""
    points = table["Behavior type"] == POINT
    marks: dict[str, Marks | InvalidSample] = {}
    for name, rows in table[~points].groupby("file", sort=False):
        try:
            marks[str(name)] = Marks(tuple(_paired(rows)), "seconds")
        except InvalidSample as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, _points(points))


def _paired(rows: pd.DataFrame) -> list[Mark]:
    """Each START with the next STOP of its behaviour and subject."""
    begun: dict[tuple[str, str], float] = {}
    marks: list[Mark] = []
    for subject, label, kind, time in rows[["Subject", "Behavior", "Behavior type", "Time"]].itertuples(index=False):
        key = (subject, label)
        if (kind == START) == (key in begun):
            raise InvalidSample(
                "annotation_invalid", f"{label!r} has a {kind} at {time} s that belongs to no other event."
            )
        if kind == START:
            begun[key] = number(time)
        else:
            marks.append(Mark(begun.pop(key), number(time), label))
    if begun:
        label = next(iter(begun))[1]
        raise InvalidSample("annotation_invalid", f"{label!r} starts at {begun.popitem()[1]:g} s and never stops.")
    return marks


def _points(points: pd.Series) -> dict[str, int]:
    return {"events without a length (POINT)": int(points.sum())} if points.any() else {}


BORIS_FORMS = (
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
