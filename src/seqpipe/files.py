"""Writing that no reader ever sees half done: write aside, then rename."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Gives a path beside ``path`` to write a file or folder to, and renames it to ``path`` when all went well.

    An existing file is replaced at once; an existing folder is moved away, replaced, then deleted.
    Where the block raises, ``path`` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield aside
        if aside.is_dir() and path.is_dir():
            _swap_folders(aside, path)
        else:
            os.replace(aside, path)
    finally:
        _remove(aside)


def _swap_folders(new: Path, old: Path) -> None:
    away = old.with_name(f".{old.name}.{uuid.uuid4().hex[:8]}.old")
    os.rename(old, away)
    os.rename(new, old)
    shutil.rmtree(away)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
