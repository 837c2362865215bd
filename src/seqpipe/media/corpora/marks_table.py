"""Annotations as a table between listing and probing, and the canonical one behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pandas as pd

from seqpipe.media.annotations import Mark, Marks, Unit, segments_in_seconds
from seqpipe.media.corpora.annotated import AnnotatedCorpus
from seqpipe.media.corpora.listing import Row
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts, Probe
from seqpipe.media.row_times import RowTimes, in_seconds

logger = logging.getLogger(__name__)

COLUMNS = ["id", "start", "end", "label", "unit", "gaps"]


def without_faults(corpus: AnnotatedCorpus) -> list[Row]:
    """The videos, those whose annotations cannot be read with the reason."""
    rows = []
    for row in corpus.rows:
        marks = corpus.marks[row.path]
        rows.append(row.rejected(marks.reason, marks.detail) if isinstance(marks, InvalidSample) else row)
    return rows


def marks_table(corpus: AnnotatedCorpus, ids: Mapping[Path, str]) -> pd.DataFrame:
    """A row an annotation, as it was written; a video that has none has one row without a label.

    Args:
        corpus: What ``read_annotated`` gave.
        ids: Of the videos, by their paths.
    """
    rows = []
    for path, marks in corpus.marks.items():
        if isinstance(marks, Marks):
            written = marks.marks or (Mark(float("nan"), float("nan"), ""),)
            rows += [(ids[path], *mark, marks.unit, marks.gaps) for mark in written]
    return pd.DataFrame(rows, columns=COLUMNS)


class AnnotationCheck:
    """Holds the annotations against what probing finds, and keeps those that fit, in seconds.

    Args:
        table: What ``marks_table`` gave.
        rows_of: When the rows of a sample were recorded, by its id; None: rows are steps.
    """

    def __init__(self, table: pd.DataFrame, rows_of: Callable[[str], RowTimes] | None = None) -> None:
        self._rows = dict(tuple(table.groupby("id", sort=False)))
        self._rows_of = rows_of
        self._fitting: dict[str, pd.DataFrame] = {}

    def __call__(self, id_: str, facts: Facts | Probe) -> None:
        """Raises InvalidSample where they do not fit the sample."""
        rows = self._rows[id_]
        written = [
            Mark(*row) for row in rows.loc[rows["label"] != "", ["start", "end", "label"]].itertuples(index=False)
        ]
        marks = Marks(tuple(written), cast(Unit, rows["unit"].iloc[0]), rows["gaps"].iloc[0])
        if marks.unit == "frames" and self._rows_of is not None:
            marks = in_seconds(marks, self._rows_of(id_))
        segments = segments_in_seconds(marks, facts.rate, facts.duration_s) or [Mark(float("nan"), float("nan"), "")]
        table = pd.DataFrame(segments, columns=["start_s", "end_s", "label"])
        self._fitting[id_] = table.assign(id=id_, gaps=marks.gaps)[["id", "start_s", "end_s", "label", "gaps"]]

    def annotations(self, ids: list[str]) -> pd.DataFrame:
        """The canonical table of these samples: id, start_s, end_s, label (empty of a video that has none), gaps."""
        return pd.concat([self._fitting[id_] for id_ in ids], ignore_index=True)
