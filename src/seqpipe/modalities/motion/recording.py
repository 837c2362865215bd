"""A recording of motion as it lies in a file or a part of one: its values, and its times where it has any."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config.motion import MotionConfig
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.text_files import read_frame
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts import arrays, tables
from seqpipe.media.parts.paths import split_part
from seqpipe.media.parts.reading import is_archive
from seqpipe.modalities.motion.columns import channels_and_times

VALUES = ("values", "data", "x")
TIMES = ("times", "time", "t", "timestamps")
RATES = ("rate", "fs")
ARRAYS = frozenset([*VALUES, *TIMES, *RATES])
"""Names of the arrays of an .npz that are one recording together."""
ARCHIVE, PARQUET_FILE, ARRAY = b"PK", b"PAR1", b"\x93NUMPY"
"""First bytes of the forms that are no text: an upload's name says nothing."""


class Recording(NamedTuple):
    """What was recorded.

    Attributes:
        values: (T, D) float64, NaN where one is missing.
        times_s: (T,) seconds, where the file has times; else None.
        rate: Rows a second, where the file has a rate; else None.
        remark: What was not read, in a sentence of a fixed wording; or empty.
    """

    values: np.ndarray
    times_s: np.ndarray | None = None
    rate: float | None = None
    remark: str = ""


def read_recording(path: str, config: MotionConfig) -> Recording:
    """The recording at a path, which may be a part of a file; its numbers are not looked at.

    Raises:
        InvalidSample: It holds no recording, is broken, or larger than ``config.max_mb``.
        OSError: The file cannot be read.
    """
    part = split_part(path)
    if part is not None and is_archive(part.file):
        return Recording(_as_rows(_array(part.file, part.key, config)))
    if part is not None:
        return _of_table(tables.read_rows(part.file, part.key), config)
    return _of_file(Path(path), config)


def _of_file(file: Path, config: MotionConfig) -> Recording:
    _check_size(file.stat().st_size, config)
    with file.open("rb") as stream:
        first = stream.read(8)
    if first.startswith(ARCHIVE):
        return _of_archive(file, config)
    if first.startswith(ARRAY):
        return Recording(_as_rows(_plain_array(file)))
    frame = _parquet(file) if first.startswith(PARQUET_FILE) else _text(file)
    if "key" in frame and frame["key"].nunique() > 1:
        raise _several(f"rows under {frame['key'].nunique()} keys", list(frame["key"].unique()), "FILE::KEY")
    return _of_table(frame, config)


def _check_size(size: float, config: MotionConfig) -> None:
    if size > config.max_mb * 1e6:
        raise InvalidSample(
            "too_large", f"It takes {size / 1e6:.0f} million bytes; motion.max_mb allows {config.max_mb:g}."
        )


def _of_archive(file: Path, config: MotionConfig) -> Recording:
    """An .npz of one recording: its values, and its times or its rate."""
    names = arrays.array_names(file)
    if not names:
        raise InvalidSample("no_steps", "It holds no array.")
    if len(names) > 1 and not ARRAYS.issuperset(names):
        raise _several(f"{len(names)} arrays", names, "FILE::ARRAY")
    values = next((name for name in VALUES if name in names), names[0])
    times, rate = (next((name for name in known if name in names), None) for known in (TIMES, RATES))
    return Recording(
        _as_rows(_array(file, values, config)),
        None if times is None else _numbers(_array(file, times, config)).ravel(),
        None if rate is None else float(_numbers(_array(file, rate, config)).ravel()[0]),
    )


def _several(words: str, names: list[str], as_: str) -> InvalidSample:
    shown = ", ".join(map(str, names[:3]))
    return InvalidSample(
        "several_samples",
        f"It holds {words} ({shown}, ...), each a recording of its own: name one as {as_}, or all in a manifest.",
    )


def _array(file: Path, name: str, config: MotionConfig) -> np.ndarray:
    _check_size(arrays.array_header(file, name).bytes, config)
    return arrays.read_array(file, name)


def _plain_array(file: Path) -> np.ndarray:
    try:
        array: np.ndarray = np.load(file, allow_pickle=False)
        return array
    except (ValueError, EOFError) as error:
        raise InvalidSample("unreadable", f"The array (.npy) cannot be read: {error}.") from error


def _as_rows(array: np.ndarray) -> np.ndarray:
    """(T, D) of whatever has steps first: joints and coordinates (T, J, C) are in a row, (T,) is one channel."""
    if array.ndim == 0:
        raise InvalidSample("wrong_shape", "The array is a single number; expected (steps, channels).")
    numbers = _numbers(array)
    return numbers.reshape(len(numbers), -1) if numbers.size else np.zeros((0, 1))


def _numbers(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise InvalidSample("no_numbers", f"The array is of the type {array.dtype}; expected real numbers.")
    return array.astype(np.float64)


def _parquet(file: Path) -> pd.DataFrame:
    return tables.read_table(file).frame if file.suffix.casefold() == ".parquet" else _opened_parquet(file)


def _opened_parquet(file: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except ValueError as error:  # pyarrow's errors are ValueErrors
        raise InvalidSample("unreadable", f"The table (Parquet) cannot be read: {error}.") from error


def _text(file: Path) -> pd.DataFrame:
    try:
        return read_frame(file, header_optional=True)
    except UserError as error:
        raise InvalidSample("unreadable", f"The table cannot be read: {error}") from error


def _of_table(frame: pd.DataFrame, config: MotionConfig) -> Recording:
    found = channels_and_times(frame, config)
    return Recording(found.values, found.times_s, remark=found.remark)
