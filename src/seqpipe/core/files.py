"""Writing that no reader ever sees half done: write aside, then rename."""

from __future__ import annotations

import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STALE_SECONDS = 24 * 3600.0


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yields a path beside ``path`` to write a file or folder to; it takes ``path``'s place when the block ends well.

    An existing file is replaced at once; an existing folder is moved away, replaced, then deleted. Where the
    block raises, ``path`` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path)
    try:
        yield aside
        if aside.is_dir():
            _replace_folder(aside, path)
        else:
            _to_disk(aside)
            os.replace(aside, path)
    finally:
        _remove(aside)


def write_first(path: Path, text: str, is_whole: Callable[[Path], bool] = Path.exists) -> None:
    """Writes a file that is not there yet; where another process was first and its file is whole, that one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path)
    try:
        aside.write_text(text, encoding="utf-8")
        try:
            os.link(aside, path)  # unlike a rename, this fails where another was first
        except OSError:  # another was, or the file system knows no hard links
            if not is_whole(path):
                os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}.aside")


def _replace_folder(new: Path, old: Path) -> None:
    away = new.with_suffix(".old.aside")
    if old.exists():
        os.rename(old, away)
    os.rename(new, old)
    _remove(away)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _to_disk(file: Path) -> None:
    """Without it, a rename can survive a power cut that the content does not."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> int:
    """Removes what killed writers left aside in ``folder``; answers how many files that were."""
    leftovers = [path for path in folder.glob(".*.aside") if _writer_is_gone(path)]
    for path in leftovers:
        _remove(path)
    return len(leftovers)


def _writer_is_gone(path: Path) -> bool:
    """A writer on another host cannot be asked, so its file is left alone for a day."""
    host, pid = path.name.rsplit(".", 4)[1:3] if path.name.count(".") >= 5 else ("", "")
    if host != socket.gethostname() or not pid.isdigit():
        return _age_seconds(path) > STALE_SECONDS
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
