"""Which columns of a table are channels, which are times, and the numbers in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config.motion import MotionConfig
from seqpipe.media.corpora.manifest_columns import SYNONYMS
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.tables import plain

TIME_NAMES = frozenset(
    ["time", "times", "timestamp", "timestamps", "t", "time_stamp", "seconds", "datetime", "date_time"]
)
UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""Seconds of what the name of a column of times may end in."""
COUNTERS = frozenset(
    ["frame", "frame_id", "frame_number", "index", "row", "step", "sample", "counter", "id", "unnamed_0"]
)
NAMES_OF_OTHERS = frozenset(
    ["label", "split", "group", *SYNONYMS["label"], *SYNONYMS["split"], *SYNONYMS["group"], "activity", "activity_id"]
)
"""What says something of a recording, and would give its class away."""
MISSING = frozenset(["", "nan", "na", "n/a", "null", "none", "-", "?", "inf", "-inf"])
"""What stands where there is no value, in lower case."""


class Channels(NamedTuple):
    """The values (T, D) and times (T,) of a table, or None, and a sentence of what was not read."""

    values: np.ndarray
    times_s: np.ndarray | None
    remark: str


def channels_and_times(frame: pd.DataFrame, config: MotionConfig) -> Channels:
    """The channels of a table, in the order of its columns or of ``config.columns``.

    Raises:
        InvalidSample: A column that is asked for is not there, none holds numbers, or one that does has a cell that is
            none.
    """
    names = [str(name) for name in frame.columns]
    time = _time_column(names, config)
    times_s = None if time is None else _times(frame[time], time, config)
    if config.columns:
        return Channels(_stacked(frame, _all_there(config.columns, names)), times_s, "")
    open_names = [name for name in names if name != time and not _says_of_others(name)]
    taken = [name for name in open_names if _holds_numbers(frame[name])]
    if not taken:
        raise InvalidSample("no_numbers", f"None of its columns holds numbers ({', '.join(names[:5])}).")
    texts = [name for name in open_names if name not in taken]
    remark = f"Columns that hold no numbers are not read: {', '.join(texts)}." if texts else ""
    return Channels(_stacked(frame, taken), times_s, remark)


def _all_there(asked: list[str], names: list[str]) -> list[str]:
    if missing := [name for name in asked if name not in names]:
        raise InvalidSample(
            "columns_missing", f"It has no column {', '.join(missing)} (motion.columns), but {', '.join(names[:8])}."
        )
    return asked


def _says_of_others(name: str) -> bool:
    return plain(name) in COUNTERS or plain(name) in NAMES_OF_OTHERS


def _time_column(names: list[str], config: MotionConfig) -> str | None:
    if config.time_column is not None:
        return _all_there([config.time_column], names)[0]
    return next((name for name in names if _is_time(plain(name))), None)


def _is_time(name: str) -> bool:
    stem, _, unit = name.rpartition("_")
    return name in TIME_NAMES or (unit in UNITS and stem in TIME_NAMES)


def _times(column: pd.Series, name: str, config: MotionConfig) -> np.ndarray:
    """Seconds from the first; dates and times of day are read as such."""
    unit = plain(name).rpartition("_")[2]
    seconds = UNITS[unit if unit in UNITS else config.time_unit]
    numbers = _as_numbers(column)
    if np.isnan(numbers).any():
        return _dates(column, name)
    return (numbers - numbers[0]) * seconds if len(numbers) else numbers


def _dates(column: pd.Series, name: str) -> np.ndarray:
    dates = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
    if dates.isna().any():
        first = column[dates.isna()].iloc[0]
        raise InvalidSample("times_invalid", f"{first!r} in the column {name} is no time.")
    return (dates - dates.iloc[0]).dt.total_seconds().to_numpy(np.float64)


def _holds_numbers(column: pd.Series) -> bool:
    """Whether most of what stands there is numbers."""
    if column.dtype.kind in "biuf":
        return True
    written = ~_is_missing(column)
    return not written.any() or bool(np.isfinite(_as_numbers(column[written])).mean() > 0.5)


def _stacked(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    columns = [_checked(frame[name], name) for name in names]
    return np.stack(columns, axis=1) if len(frame) else np.zeros((0, max(1, len(names))))


def _checked(column: pd.Series, name: str) -> np.ndarray:
    numbers = _as_numbers(column)
    if column.dtype.kind in "biuf":
        return numbers
    wrong = np.isnan(numbers) & ~_is_missing(column)
    if wrong.any():
        raise InvalidSample("no_numbers", f"{str(column[wrong].iloc[0])!r} in the column {name} is no number.")
    return numbers


def _is_missing(column: pd.Series) -> np.ndarray:
    return np.asarray(column.isna() | column.astype(str).str.strip().str.casefold().isin(MISSING))


def _as_numbers(column: pd.Series) -> np.ndarray:
    """float64, NaN where there is none; a comma may be the decimal sign."""
    if column.dtype.kind in "biuf":
        return column.to_numpy(np.float64)
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        numbers = numbers.fillna(pd.to_numeric(column.astype(str).str.replace(",", ".", n=1), errors="coerce"))
    return numbers.to_numpy(np.float64)
