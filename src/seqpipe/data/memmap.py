"""x of a D' that is larger than memory should hold: rows of a ``.npy`` file, read when they are asked for."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from seqpipe.core.files import written_aside

CHUNK_BYTES = 4 * 2**20
"""What is read at once, as float32: what a core's products find in its cache again."""


class MemmapArray:
    """x (N, T, D) in a file; indexed by samples it gives new float32 arrays, and holds none itself.

    Args:
        path: What ``new_rows`` wrote, float16 or float32.
        in_memory_bytes: How much may be made of it in memory at once, counted in float32.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, path: Path, in_memory_bytes: int) -> None:
        self.path = path
        self.in_memory_bytes = in_memory_bytes
        self._values = np.load(path, mmap_mode="r")
        self._rows = np.arange(len(self._values))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def shape(self) -> tuple[int, int, int]:
        _, frames, size = self._values.shape
        return len(self), frames, size

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of the file, in its order."""
        return np.array_equal(self._rows, np.arange(len(self._values)))

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """What the file holds."""
        return self._values.dtype

    def __getitem__(self, samples: Any) -> np.ndarray:
        """float32 (n, T, D) of a slice, a mask (N,) or indices of samples; (T, D) of one."""
        # torch converts float16 ten times as fast as numpy.
        whole: np.ndarray = torch.from_numpy(self.stored(samples)).to(torch.float32).numpy()
        return whole

    def stored(self, samples: Any) -> np.ndarray:
        """The same as it is stored."""
        return np.require(self._values[self._rows[samples]], requirements=["W"])  # torch wants its own

    def take(self, samples: Any) -> MemmapArray:
        """Some of the samples; nothing is read."""
        some = copy.copy(self)
        some._rows = self._rows[samples]
        return some

    def slices(self) -> list[slice]:
        """Consecutive samples of about ``CHUNK_BYTES``, one slice after the other; one that is empty for none."""
        _, frames, size = self.shape
        step = max(1, CHUNK_BYTES // (4 * frames * size))
        return [slice(start, start + step) for start in range(0, max(len(self), 1), step)]


def find_rows(path: Path, in_memory_bytes: int) -> MemmapArray | None:
    """The rows in a file; None where there is none, or not all of it."""
    try:
        return MemmapArray(path, in_memory_bytes)
    except (OSError, ValueError, EOFError):
        return None


Features = np.ndarray | MemmapArray
"""x (N, T, D): in memory, or left on disk."""


def slices_of(x: Features, at_most: int | None = None) -> list[slice]:
    """The samples of x in one slice where it is in memory, else in chunks; ``at_most`` so many in each."""
    slices = x.slices() if isinstance(x, MemmapArray) else [slice(0, len(x))]
    if at_most is None:
        return slices
    step = min(at_most, max(1, slices[0].stop))
    return [slice(start, min(start + step, len(x))) for start in range(0, max(len(x), 1), step)]


def subset(x: Features, samples: Any) -> Features:
    """Some of the samples of x, which stays where it is."""
    return x.take(samples) if isinstance(x, MemmapArray) else x[samples]


class RowsWriter(Protocol):
    """Puts the features (n, D) of one sample, n <= T, into some rows of the file."""

    def __call__(self, rows: np.ndarray, values: np.ndarray) -> None: ...


@contextmanager
def new_rows(path: Path, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> Iterator[RowsWriter]:
    """Writes x (N, T, D) to ``path`` row by row in any order; zeros where nothing is put. It appears whole or not.

    Written, not mapped: a full disk is an error, where a mapped page that finds no room is a crash.
    """
    row_bytes = int(np.prod(shape[1:])) * dtype.itemsize
    with written_aside(path) as aside, aside.open("wb") as file:
        header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(dtype)}
        np.lib.format.write_array_header_1_0(file, header)
        start = file.tell()
        file.truncate(start + shape[0] * row_bytes)

        def put(rows: np.ndarray, values: np.ndarray) -> None:
            content = np.ascontiguousarray(values, dtype).data
            for row in rows:
                file.seek(start + int(row) * row_bytes)
                file.write(content)

        yield put
