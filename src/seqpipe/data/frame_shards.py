"""Shards of decoded frames: safetensors files, written whole and read frame by frame where they lie.

    <folder>/<name>.safetensors     an entry a frame, named "<key>/<number>": (H, W, 3) uint8

Whoever reads a frame maps that frame alone and lets it go: memory depends neither on the size of a shard nor on
their number. Shards appear whole (written aside, then renamed) and are never changed.
"""

from __future__ import annotations

import errno
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
from safetensors.numpy import save_file

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.core.fingerprint import fingerprint
from seqpipe.extraction.store import FLUSH_BYTES, FLUSH_SECONDS, is_damage

log = logging.getLogger(__name__)

SUFFIX = ".safetensors"
HEADER_LENGTH_BYTES = 8
"""A safetensors file begins with the length of its header, little-endian; bytes of entries count from its end."""


class Place(NamedTuple):
    """Where a frame lies: its shard's number, its first byte there, its size in pixels."""

    shard: int
    offset: int
    height: int
    width: int


def scan(folder: Path) -> tuple[list[Path], dict[str, np.ndarray]]:
    """The shards, and the frames in them by key: (n, 4) int64, a `Place` each, in order.

    Read from the shards' headers alone. A damaged shard is removed: what it held counts as missing.
    """
    shards = [path for path in sorted(folder.glob(f"*{SUFFIX}")) if _is_whole(path)]
    found: dict[str, dict[int, Place]] = {}
    for shard, path in enumerate(shards):
        for key, number, offset, (height, width) in _entries(path):
            found.setdefault(key, {}).setdefault(number, Place(shard, offset, height, width))
    return shards, {key: np.array([places[n] for n in sorted(places)], np.int64) for key, places in found.items()}


def read_frame(path: Path, offset: int, height: int, width: int) -> np.ndarray:
    """(H, W, 3) uint8, mapped from the shard; writing to it changes this array alone.

    Raises:
        UserError: The shard is gone, or cut short.
    """
    try:
        # Copy on write: torch warns of arrays that cannot be written to.
        return np.memmap(path, np.uint8, "c", offset, (height, width, 3)).view(np.ndarray)
    except (OSError, ValueError) as error:
        raise UserError(
            f"The frames in {path} can no longer be read ({error}): run again, which decodes what is missing."
        ) from error


class ShardWriter:
    """Buffers samples and writes them as shards; use it as a context manager.

    A shard is written every few seconds or megabytes, which is what a kill loses at most. Leaving the block writes
    the rest, also when it is left by an error.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._samples: dict[str, list[np.ndarray]] = {}
        self._bytes = 0
        self._last_flush = time.monotonic()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()

    def add(self, key: str, frames: list[np.ndarray]) -> None:
        """One sample: its frames, (H, W, 3) uint8 each."""
        self._samples[key] = frames
        self._bytes += sum(frame.nbytes for frame in frames)
        if self._bytes >= FLUSH_BYTES or time.monotonic() - self._last_flush >= FLUSH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        if self._samples:
            entries = {f"{key}/{n}": frame for key, frames in self._samples.items() for n, frame in enumerate(frames)}
            name = fingerprint(list(self._samples))
            try:
                with written_aside(self._folder / f"{name}{SUFFIX}") as aside:
                    save_file(entries, aside)
            except (OSError, safetensors.SafetensorError) as error:
                raise _told(error, self._folder) from error
        self._samples, self._bytes, self._last_flush = {}, 0, time.monotonic()


def _told(error: Exception, folder: Path) -> Exception:
    """A full disk is the user's to mend."""
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error):
        return UserError(f"The disk is full: frames are kept in {folder}. Make room there and run again.")
    return error


def _is_whole(path: Path) -> bool:
    try:
        with safetensors.safe_open(path, framework="np"):  # compares the header with the file's length
            return True
    except (OSError, safetensors.SafetensorError) as error:
        if not is_damage(error):
            raise
        log.warning("The frames in %s are damaged (%s): their samples are decoded again.", path, error)
        path.unlink(missing_ok=True)
        return False


def _entries(path: Path) -> Iterator[tuple[str, int, int, tuple[int, int]]]:
    """Key, number, first byte in the file, height and width of each frame in a shard."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(HEADER_LENGTH_BYTES), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    for name, entry in header.items():
        key, _, number = name.rpartition("/")
        height, width, _ = entry["shape"]
        yield key, int(number), HEADER_LENGTH_BYTES + length + entry["data_offsets"][0], (height, width)
