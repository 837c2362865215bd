"""What the header of a WAV promises: FFmpeg reads what is there, and says nothing of what is not.

Chunks as of Microsoft's *Multimedia Programming Interface and Data Specifications 1.0* (1991).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PLAIN = frozenset({0x0001, 0x0003, 0xFFFE})
"""Formats of values as they are: whole numbers, floats, and either with a longer header."""
UNKNOWN = frozenset({0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF})
"""What stands for the length of the data where who wrote them did not know it yet."""
MOST_CHUNKS = 100


def is_wave(path: str) -> bool:
    """Whether the file begins as a WAV; not where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(12)
    except OSError:
        return False
    return start[:4] == b"RIFF" and start[8:] == b"WAVE"


def promised_s(path: str) -> float | None:
    """How many seconds of plain values the header promises; None where it promises none, or the file is no WAV."""
    if not is_wave(path):
        return None
    with Path(path).open("rb") as file:
        bytes_a_second = 0
        for name, size in _chunks(file):
            if name == b"fmt ":
                form, _, _, rate = struct.unpack("<HHII", file.read(12).ljust(12, b"\0"))
                bytes_a_second = rate if form in PLAIN else 0
            if name == b"data":
                return size / bytes_a_second if bytes_a_second and size not in UNKNOWN else None
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk, the file being where its content begins."""
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        if len(head := file.read(8)) < 8:
            return
        name, size = struct.unpack("<4sI", head)
        yield name, size
        at += 8 + size + size % 2
