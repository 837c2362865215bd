"""Annotations in tables: segments in seconds or frames, a label a frame, and what BORIS exports."""

from __future__ import annotations

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Marks, marks_of_frames
from seqpipe.media.corpora.boris import BORIS_FORMS, read_subject, with_file
from seqpipe.media.corpora.table_forms import Annotated, TableForm, number, read_segments
from seqpipe.media.frames import InvalidSample
from seqpipe.media.text import normal_text


def annotated(table: pd.DataFrame, where: str, subject: str | None = None) -> Annotated:
    """Reads a table of strings in whichever form its columns say.

    Args:
        table: As it was written.
        where: What a sentence calls it.
        subject: Whose annotations are taken, where the form tells subjects apart; None: the only one that has any.

    Raises:
        UserError: Its columns say no form, it has nothing of that subject, or of several and none is named.
    """
    form = table_form(table)
    if form is None:
        raise UserError(
            f"{where} has the columns {', '.join(map(str, table.columns))}; expected {known_forms()}: rename them."
        )
    rows = with_file(table).map(normal_text)
    if form in BORIS_FORMS:
        return read_subject(form, rows, where, subject)
    if subject is not None:
        raise UserError(f"frame_labels.subject is {subject!r}, but {where} is no export of BORIS: leave it out.")
    return form.read(rows)


def table_form(table: pd.DataFrame) -> TableForm | None:
    """The form of a table, by its columns; None where it holds no annotations."""
    columns = {str(column) for column in with_file(table).columns}
    return next((form for form in FORMS if form.columns <= columns), None)


def known_forms() -> str:
    """The forms and their columns, in words."""
    return "; or ".join(f"{form.words} ({', '.join(sorted(form.columns))})" for form in FORMS)


def _read_seconds(table: pd.DataFrame) -> Annotated:
    return read_segments(table, "path", "start_s", "end_s", "label", "seconds")


def _read_frame_spans(table: pd.DataFrame) -> Annotated:
    return read_segments(table, "path", "start_frame", "end_frame", "label", "frames")


def _read_steps(table: pd.DataFrame) -> Annotated:
    return read_segments(table, "path", "start", "end", "label", "frames")


def _read_frames(table: pd.DataFrame) -> Annotated:
    marks: dict[str, Marks | InvalidSample] = {}
    unlabelled = table["label"] == ""
    for name, rows in table[~unlabelled].groupby("path", sort=False):
        try:
            frames = [int(number(frame)) for frame in rows["frame"]]
            marks[str(name)] = marks_of_frames(zip(frames, rows["label"], strict=True))
        except InvalidSample as unusable:
            marks[str(name)] = unusable
    return Annotated(marks, {"frames without a label": int(unlabelled.sum())} if unlabelled.any() else {})


FORMS = (
    TableForm("a segment a row in seconds", frozenset({"path", "start_s", "end_s", "label"}), _read_seconds),
    TableForm(
        "a segment a row in frames from 0, the last one not included",
        frozenset({"path", "start_frame", "end_frame", "label"}),
        _read_frame_spans,
    ),
    TableForm(
        "a segment a row in frames or rows from 0, the last one not included",
        frozenset({"path", "start", "end", "label"}),
        _read_steps,
    ),
    TableForm("a label a frame, from 0", frozenset({"path", "frame", "label"}), _read_frames),
    *BORIS_FORMS,
)
"""Every form by which a table is known; the first whose columns are all there reads it."""
