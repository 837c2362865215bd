"""Arrays of an .npz file, each read alone and never unpickled."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.kept import Kept

NPY = ".npy"
BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError)
"""What reading a broken archive, or one of another kind, raises."""
_archive = Kept(zipfile.ZipFile)


class ArrayHeader(NamedTuple):
    """What an array says of itself before its numbers."""

    dtype: np.dtype
    shape: tuple[int, ...]
    column_first: bool

    @property
    def bytes(self) -> int:
        """What its numbers take."""
        return int(np.prod(self.shape, dtype=np.float64)) * self.dtype.itemsize


def array_names(file: Path) -> list[str]:
    """The names of the arrays in the file, in their order.

    Raises:
        InvalidSample: It is no .npz, or broken.
        OSError: It cannot be read.
    """
    try:
        return [name.removesuffix(NPY) for name in _archive(file).namelist() if name.endswith(NPY)]
    except BROKEN as error:
        raise InvalidSample("unreadable", f"It is no archive of arrays (.npz), or broken: {error}.") from error


def array_header(file: Path, name: str) -> ArrayHeader:
    """The header of an array; errors as of ``read_array``."""
    with _opened(file, name) as (_, header):
        return header


def read_array(file: Path, name: str) -> np.ndarray:
    """The array of that name; nothing else of the file is read.

    Raises:
        InvalidSample: There is none, it is broken, or it holds objects, which could run code when they are read.
        OSError: The file cannot be read.
    """
    with _opened(file, name) as (stream, header):
        if header.dtype.hasobject:
            raise InvalidSample("unreadable", f"The array {name!r} holds Python objects, not numbers; save numbers.")
        numbers = np.frombuffer(stream.read(header.bytes), header.dtype)
        if numbers.size != np.prod(header.shape, dtype=np.int64):
            raise InvalidSample("truncated", f"The array {name!r} ends before its {header.shape} numbers do.")
        return numbers.reshape(header.shape, order="F" if header.column_first else "C")


def array_content(file: Path, name: str) -> tuple[str, int]:
    """(sha256 in hex, bytes) of an array: of its type, shape and numbers, which are read piece by piece."""
    with _opened(file, name) as (stream, header):
        digest, size = hashlib.sha256(repr((header.dtype.descr, *header[1:])).encode()), 0
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size


@contextmanager
def _opened(file: Path, name: str) -> Iterator[tuple[IO[bytes], ArrayHeader]]:
    """The numbers of an array as a stream, behind its header; what is broken becomes an InvalidSample."""
    if name not in array_names(file):
        raise InvalidSample("unreadable", f"{file.name} holds no array {name!r}.")
    try:
        with _archive(file).open(name + NPY) as stream:
            yield stream, _header(stream)
    except InvalidSample:
        raise
    except BROKEN as error:
        raise InvalidSample("unreadable", f"The array {name!r} cannot be read: {error}.") from error


def _header(stream: IO[bytes]) -> ArrayHeader:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, column_first, dtype = read(stream)
    return ArrayHeader(dtype, shape, column_first)
