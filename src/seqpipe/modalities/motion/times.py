"""Which columns of a table are times, in what unit, and the seconds in them."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config.motion import MotionConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.tables import plain
from seqpipe.modalities.motion.numbers import as_numbers

NAMES = frozenset(
    [
        *("time", "times", "timestamp", "timestamps", "t", "time_stamp", "datetime", "date_time", "elapsed", "epoch"),
        *("elapsed_time", "time_elapsed", "epoch_time", "unix", "unix_time", "unixtime", "unix_timestamp"),
    ]
)
"""What columns of times are called, but for a unit."""
WORDS = {
    **dict.fromkeys(["sec", "secs", "second", "seconds"], 1.0),
    **dict.fromkeys(["msec", "msecs", "millis", "millisecond", "milliseconds"], 1e-3),
    **dict.fromkeys(["usec", "usecs", "microsecond", "microseconds"], 1e-6),
    **dict.fromkeys(["nsec", "nsecs", "nanos", "nanosecond", "nanoseconds"], 1e-9),
}
"""Seconds of a unit that says by itself that a column is of times."""
UNITS = WORDS | {"s": 1.0, "ms": 1e-3, "us": 1e-6, "\N{GREEK SMALL LETTER MU}s": 1e-6, "ns": 1e-9}
"""Seconds of a unit in the name of a column; a micro sign is mu in lower case."""
SINCE_1970 = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"))
"""From which number on times are no seconds since 1970 but these: 1e11 seconds are the year 5138."""
MARKS = re.compile(r"[^\w\s]")


class Times(NamedTuple):
    """(T,) seconds from the first row, and a sentence of what was taken for what, or an empty one."""

    seconds: np.ndarray
    remark: str = ""


def unit_in(name: str) -> str | None:
    """The unit that a name says, at its end or its beginning: ``Time (ms)``, ``seconds_elapsed``."""
    words = _words(name)
    return next((word for word in (words[-1], words[0]) if word in UNITS), None)


def is_time(column: pd.Series, name: str) -> bool:
    """Whether a column is of times: of a type that says so, or called so."""
    words = _words(name)
    unit = unit_in(name)
    stem = "_".join(word for word in words if word != unit)
    return column.dtype.kind in "mM" or stem in NAMES or (not stem and unit in WORDS)


def _words(name: str) -> list[str]:
    return plain(MARKS.sub(" ", name)).split("_")


def times_in(column: pd.Series, name: str, config: MotionConfig) -> Times:
    """The times of a column; dates and times of day are read as such.

    Raises:
        InvalidSample: A cell holds no time.
    """
    if column.dtype.kind in "mM" or not len(column):
        return Times(_dates(column, name) if len(column) else np.zeros(0))
    numbers = as_numbers(column)
    if np.isnan(numbers).any():
        return Times(_dates(column, name))
    unit = unit_in(name)
    since_1970 = next((of for least, of in SINCE_1970 if numbers[0] >= least), None)
    if unit is None and config.time_unit == "s" and since_1970:
        remark = f"Times are taken for {since_1970} since 1970 (motion.time_unit)."
        return Times((numbers - numbers[0]) * UNITS[since_1970], remark)
    return Times((numbers - numbers[0]) * UNITS[unit or config.time_unit])


def _dates(column: pd.Series, name: str) -> np.ndarray:
    if column.dtype.kind == "m":
        return (column - column.iloc[0]).dt.total_seconds().to_numpy(np.float64)
    dates = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
    if dates.isna().any():
        first = column[dates.isna()].iloc[0]
        raise InvalidSample("times_invalid", f"{first!r} in the column {name} is no time.")
    return (dates - dates.iloc[0]).dt.total_seconds().to_numpy(np.float64)
