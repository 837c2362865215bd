"""The clips of UCF101 and HMDB51, found by the names that their lists give."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from seqpipe.media.corpora.files import printable
from seqpipe.media.corpora.listed_files import nearest, spelling, stem_of
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.walk import Folder, Walk

logger = logging.getLogger(__name__)


class Clips:
    """Every video and folder of frames under a folder, to be found by the names that lists give."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_stem: dict[str, list[Path]] = {}
        self._respelled: list[tuple[str, Path]] = []
        walk = Walk([root])
        for path in _clips_below(walk.read(root)):
            self._by_stem.setdefault(spelling(stem_of(path.name)), []).append(path)
        walk.tell(root)
        self._unreadable = [row for row in walk.rejected if row.reason == "unreadable"]
        if self._unreadable:
            logger.warning("%s", self.unread)

    @property
    def unread(self) -> str:
        """A sentence of the folders that cannot be read; empty where there are none."""
        if not self._unreadable:
            return ""
        first = self._unreadable[0]
        return f"{len(self._unreadable)} folder(s) cannot be read, such as {printable(str(first.path))}: {first.detail}"

    def find(self, folder: str, name: str) -> Path:
        """Where a listed video lies; where it should lie, if it is missing (probing then says so).

        In a folder of that name, with whatever ending, else in any folder if there is but one: not where its own
        cannot be read.
        """
        alike = self._by_stem.get(spelling(stem_of(name)), [])
        inside = [path for path in alike if spelling(path.parent.name) == spelling(folder)]
        same = [path for path in inside if path.name == name]
        unread = self._unreadable_place(folder, name)
        path = same[-1] if same else nearest(name, inside or ([] if unread else alike))
        if path and path.name != name:
            self._respelled.append((name, path))
        return path or unread or self._root / folder / name

    def _unreadable_place(self, folder: str, name: str) -> Path | None:
        """Where a listed clip lies if the folder of its frames, or of its class, cannot be read."""
        for path in (row.path for row in self._unreadable):
            if spelling(path.name) == spelling(folder):
                return path / name
            if spelling(path.name) == spelling(stem_of(name)) and spelling(path.parent.name) == spelling(folder):
                return path
        return None

    def judged(self, row: Row) -> Row:
        """The row; rejected where its clip lies in a folder that cannot be read."""
        for folder in self._unreadable:
            if folder.path in (row.path, row.path.parent):
                return row.rejected("unreadable", folder.detail or "")
        return row

    def log_others(self, listed: list[Path]) -> None:
        """Says what was found by another spelling, and what is there but in none of the lists."""
        if self._respelled:
            name, path = self._respelled[0]
            logger.warning(
                "%d listed name(s) are spelled in another way on disk, such as %s, which is %s.",
                *(len(self._respelled), name, path),
            )
        forms = {path.parent / stem_of(path.name) for path in listed}
        there = [path for paths in self._by_stem.values() for path in paths]
        others = [path for path in there if path.parent / stem_of(path.name) not in forms]
        if others:
            names = ", ".join(os.path.relpath(path, self._root) for path in others[:3])
            logger.warning("%d clip(s) are in none of the lists and not used: %s", len(others), names)


def _clips_below(folder: Folder) -> Iterator[Path]:
    """The videos and folders of frames at any depth."""
    yield from folder.videos
    for below in folder.folders:
        if below.images:
            yield below.path
        yield from _clips_below(below)
