"""Samples that come as bytes: they are written to files, for what reads them asks for a name's ending."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from seqpipe.media.medium import FileTypes

VIDEO = ".mp4"
"""The ending of a file whose bytes are no image: what reads it goes by its content."""


def ending_of(content: bytes, files: FileTypes | None) -> str:
    """The ending of a name that promises what the bytes are, with the dot.

    Args:
        content: The bytes of a file.
        files: Which files are samples, where these are no pictures; None: videos and images.
    """
    if files is not None:
        return next(iter(files.kinds))
    try:
        with Image.open(io.BytesIO(content)) as image:
            return VIDEO if image.format in (None, "GIF") else f".{image.format.lower()}"
    except Exception:  # whatever Pillow makes of bytes that may be anything
        return VIDEO


def written(content: bytes, folder: Path, name: str, files: FileTypes | None) -> Path:
    """Writes the bytes into ``folder`` under ``name`` with the ending that they ask for; returns the file."""
    file = folder / f"{name}{ending_of(content, files)}"
    file.write_bytes(content)
    return file
