"""What was opened of a file, kept for the next part of it: few at a time, and not once the file has changed."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

KEPT = 4
"""Files that are kept at once: parts are read file by file."""
T = TypeVar("T")


class Kept(Generic[T]):
    """Opens a file once, from however many threads it is asked for; ``open_`` may raise what it likes."""

    def __init__(self, open_: Callable[[Path], T]) -> None:
        self._open = open_
        self._lock = Lock()
        self._opened: OrderedDict[tuple[str, int, int, int], T] = OrderedDict()

    def __call__(self, file: Path) -> T:
        stat = os.stat(file)
        key = (str(file), stat.st_size, stat.st_mtime_ns, stat.st_ino)
        with self._lock:
            if key not in self._opened:
                self._opened[key] = self._open(file)
            self._opened.move_to_end(key)
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
            return self._opened[key]
