"""When the rows of a recording were recorded: what turns annotations that count rows into seconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqpipe.media.annotations import Mark, Marks

PAUSE_ROWS = 1.5
"""Rows that are more periods than this apart have a pause between them, in which no row was recorded."""


class RowTimes(NamedTuple):
    """When each row begins.

    Attributes:
        starts_s: (n,) seconds from the beginning of the recording, not decreasing; rows at one time are in it as well.
        period_s: What a row fills.
    """

    starts_s: np.ndarray
    period_s: float

    def start(self, row: float) -> float:
        """Seconds at which a row begins; before the first and behind the last one a row fills a period."""
        n = len(self.starts_s)
        edges_s = np.append(self.starts_s, self.starts_s[-1] + self.period_s)
        beyond = min(row, 0.0) + max(row - n, 0.0)
        return float(np.interp(row, np.arange(n + 1), edges_s) + beyond * self.period_s)

    def end(self, row: float) -> float:
        """Seconds at which what is before a row ends: where the row begins, unless there is a pause between them."""
        before_s, at_s = self.start(row - 1), self.start(row)
        return before_s + self.period_s if at_s - before_s > PAUSE_ROWS * self.period_s else at_s


def in_seconds(marks: Marks, rows: RowTimes) -> Marks:
    """Annotations that count rows from 0, in the seconds in which these rows were recorded."""
    found = tuple(Mark(rows.start(mark.start), rows.end(mark.end), mark.label) for mark in marks.marks)
    return marks._replace(marks=found, unit="seconds")
