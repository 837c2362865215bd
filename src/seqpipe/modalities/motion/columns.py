"""Which columns of a table are channels, and the numbers in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config.motion import MotionConfig
from seqpipe.media.corpora.manifest_columns import SYNONYMS
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.tables import plain
from seqpipe.modalities.motion.numbers import as_numbers
from seqpipe.modalities.motion.times import Times, is_time, times_in, unit_in

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
    time = _time_column(frame, names, config)
    times = Times(np.zeros(0)) if time is None else times_in(frame[time], time, config)
    times_s = None if time is None else times.seconds
    if config.columns:
        return Channels(_stacked(frame, _all_there(config.columns, names)), times_s, times.remark)
    open_names = [name for name in names if not is_time(frame[name], name) and name != time and not _of_others(name)]
    taken = [name for name in open_names if _holds_numbers(frame[name])]
    if not taken:
        raise InvalidSample("no_numbers", f"None of its columns holds numbers ({', '.join(names[:5])}).")
    texts = [name for name in open_names if name not in taken]
    remark = f"Columns that hold no numbers are not read: {', '.join(texts)}." if texts else ""
    return Channels(_stacked(frame, taken), times_s, " ".join(filter(None, [remark, times.remark])))


def _all_there(asked: list[str], names: list[str]) -> list[str]:
    if missing := [name for name in asked if name not in names]:
        raise InvalidSample(
            "columns_missing", f"It has no column {', '.join(missing)} (motion.columns), but {', '.join(names[:8])}."
        )
    return asked


def _of_others(name: str) -> bool:
    return plain(name) in COUNTERS or plain(name) in NAMES_OF_OTHERS


def _time_column(frame: pd.DataFrame, names: list[str], config: MotionConfig) -> str | None:
    """The column of times; of several the first that says its unit."""
    if config.time_column is not None:
        return _all_there([config.time_column], names)[0]
    times = [name for name in names if is_time(frame[name], name)]
    return next((name for name in times if unit_in(name)), times[0] if times else None)


def _holds_numbers(column: pd.Series) -> bool:
    """Whether most of what stands there is numbers."""
    if column.dtype.kind in "biuf":
        return True
    finite = np.isfinite(as_numbers(column))
    if finite.all():  # to look for what stands for nothing takes ten times as long
        return True
    written = ~_is_missing(column)
    return not written.any() or bool(finite[written].mean() > 0.5)


def _stacked(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    columns = [_checked(frame[name], name) for name in names]
    return np.stack(columns, axis=1) if len(frame) else np.zeros((0, max(1, len(names))))


def _checked(column: pd.Series, name: str) -> np.ndarray:
    numbers = as_numbers(column)
    if column.dtype.kind in "biuf" or not np.isnan(numbers).any():
        return numbers
    wrong = np.isnan(numbers) & ~_is_missing(column)
    if wrong.any():
        raise InvalidSample("no_numbers", f"{str(column[wrong].iloc[0])!r} in the column {name} is no number.")
    return numbers


def _is_missing(column: pd.Series) -> np.ndarray:
    return np.asarray(column.isna() | column.astype(str).str.strip().str.casefold().isin(MISSING))
