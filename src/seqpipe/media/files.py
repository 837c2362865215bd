"""Which files are samples, and the bytes they consist of."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path

from seqpipe.media.frames import Kind
from seqpipe.media.images import natural_key

VIDEO_SUFFIXES = frozenset(
    [
        *(
            ".mp4",
            ".m4v",
            ".mov",
            ".avi",
            ".mkv",
            ".webm",
            ".mpg",
            ".mpeg",
            ".mpe",
            ".ts",
            ".m2ts",
            ".mts",
            ".wmv",
        ),
        *(".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".vob", ".divx", ".mjpeg", ".mjpg", ".y4m", ".gif"),
    ]
)
AUDIO_SUFFIXES = frozenset([".wav", ".mp3", ".aac", ".m4a", ".flac", ".ogg", ".opus", ".wma"])
"""Listed like videos, so that probing says that they hold none: a sample is never silently dropped."""
IMAGE_SUFFIXES = frozenset([".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"])

ESCAPED = re.compile(r"\\udc[89a-f][0-9a-f]")
"""What stands in ``printable`` names for a byte that is no UTF-8."""

Stamp = list[int]
"""What tells without reading whether a sample's bytes may have changed."""


def suffix_kind(path: Path) -> Kind | None:
    """What a file's name promises: a video, an image, or (None) no sample at all."""
    suffix = path.suffix.casefold()
    if suffix in VIDEO_SUFFIXES or suffix in AUDIO_SUFFIXES:
        return "video"
    return "image" if suffix in IMAGE_SUFFIXES else None


def visible(folder: Path) -> list[Path]:
    """A folder's entries in natural order, without hidden ones and what archives leave behind."""
    entries = (e for e in folder.iterdir() if not e.name.startswith((".", "__MACOSX")))
    return sorted(entries, key=lambda e: natural_key(e.name))


def printable(name: str) -> str:
    """The name as a table can hold it: bytes that are no UTF-8 become what ``ESCAPED`` matches."""
    return name.encode("utf-8", "backslashreplace").decode()


def folder_frames(folder: str | Path) -> list[Path]:
    """The images of a folder of frames, in natural order of their names."""
    return [e for e in visible(Path(folder)) if suffix_kind(e) == "image" and e.is_file()]


def parts_of(path: str | Path, kind: Kind) -> list[Path]:
    """The files a sample's bytes lie in; raises OSError where it does not exist."""
    if kind == "frames":
        return folder_frames(path)
    if Path(path).exists() and not Path(path).is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))  # reading a pipe might never end
    return [Path(path)]


def stamp_of(path: str | Path, kind: Kind) -> Stamp:
    """Size, modification and change time (ns) and inode of each of a sample's files."""
    stamp: Stamp = []
    for part in parts_of(path, kind):
        stat = os.stat(part)
        stamp += [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    return stamp


def content_of(path: str | Path, kind: Kind) -> tuple[str, int]:
    """(sha256 in hex, bytes) of a sample: of the file, or of a folder's frame names and bytes."""
    digest, size = hashlib.sha256(), 0
    for part in parts_of(path, kind):
        with part.open("rb") as file:
            if kind == "frames":
                digest.update(os.fsencode(part.name) + f"\0{os.fstat(file.fileno()).st_size}\0".encode())
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
    return digest.hexdigest(), size
