"""Which files are samples, and the bytes they consist of."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path

from PIL import Image

from seqpipe.media.corpora.names import is_image, is_side_file, is_system, promises_video, suffix_of
from seqpipe.media.corpora.series import frame_series
from seqpipe.media.decoding.images import natural_key
from seqpipe.media.frames import MediaType
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.paths import file_of, split_part
from seqpipe.media.parts.reading import content_of_part

ESCAPED = re.compile(r"\\udc[89a-f][0-9a-f]")
"""What stands in ``printable`` names for a byte that is no UTF-8."""

Stamp = list[int]
"""What tells without reading whether a sample's bytes may have changed."""


def suffix_kind(path: Path) -> MediaType | None:
    """What a file's name promises: a video (or sound), an image, or (None) nothing that may be a sample."""
    if (files := listed_files()) is not None:
        return files.kinds.get(suffix_of(path.name))
    if is_image(path.name):
        return "image"
    return "video" if promises_video(path.name) else None


def file_kind(path: Path) -> MediaType | None:
    """As ``suffix_kind``, but None only for files beside the data, known to be no samples.

    A file whose name says nothing is an image where its first bytes are one's, else a video: probing will tell.
    """
    if is_side_file(path.name):
        return None
    return suffix_kind(path) or ("image" if _begins_as_image(path) else "video")


def sequence_kind(path: Path) -> MediaType:
    """What a file is that was listed as a sequence: a video, or what its name promises where others are listed."""
    files = listed_files()
    if files is None:
        return "video"
    return files.kinds.get(suffix_of(file_of(path).name), next(iter(files.kinds.values())))


def sample_words() -> str:
    """What the samples of the corpus that is being read are called."""
    files = listed_files()
    return "videos or images" if files is None else files.words


def _begins_as_image(path: Path) -> bool:
    try:
        if not path.is_file():
            return False  # reading a pipe might never end
        with Image.open(path) as image:
            return image.format != "GIF"
    except Exception:  # whatever Pillow makes of bytes that may be anything
        return False


def visible(folder: Path) -> list[Path]:
    """A folder's entries in natural order, without hidden ones and those of the system; none where it is unreadable."""
    try:
        return _shown(folder)
    except OSError:
        return []


def _shown(folder: Path) -> list[Path]:
    entries = (e for e in folder.iterdir() if not is_system(e.name))
    return sorted(entries, key=lambda e: natural_key(e.name))


def printable(name: str) -> str:
    """The name as a table can hold it: bytes that are no UTF-8 become what ``ESCAPED`` matches."""
    return name.encode("utf-8", "backslashreplace").decode()


def folder_frames(folder: str | Path) -> list[Path]:
    """The frames of a folder, in natural order of their names.

    Raises OSError where it is unreadable, and InvalidSample where several series lie in it.
    """
    return frame_series([e for e in _shown(Path(folder)) if file_kind(e) == "image" and e.is_file()])


def _files_of(path: str | Path, kind: MediaType) -> list[Path]:
    """The files a sample's bytes lie in; raises OSError where it does not exist."""
    if kind == "frames":
        return folder_frames(path)
    file = file_of(path)
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(file))  # reading a pipe might never end
    return [file]


def stamp_of(path: str | Path, kind: MediaType) -> Stamp:
    """Size, modification and change time (ns) and inode of each of a sample's files."""
    stamp: Stamp = []
    for file in _files_of(path, kind):
        stat = os.stat(file)
        stamp += [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    return stamp


def content_of(path: str | Path, kind: MediaType) -> tuple[str, int]:
    """(sha256 in hex, bytes) of a sample: of the file, a part of it, or of a folder's frame names and bytes.

    Raises OSError where it cannot be read, and InvalidSample where a part is not there.
    """
    if part := split_part(path):
        return content_of_part(part)
    digest, size = hashlib.sha256(), 0
    for file in _files_of(path, kind):
        with file.open("rb") as stream:
            if kind == "frames":
                digest.update(os.fsencode(file.name) + f"\0{os.fstat(stream.fileno()).st_size}\0".encode())
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
    return digest.hexdigest(), size
