"""Walking through folders as they are found: unreadable ones, links in circles, what systems put there."""

from __future__ import annotations

import errno
import logging
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import file_kind, printable
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.names import is_system
from seqpipe.media.decoding.images import natural_key

logger = logging.getLogger(__name__)


@dataclass
class Folder:
    """A folder with all that lies below it: videos, images, folders; each in natural order."""

    path: Path
    videos: list[Path] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


class Walk:
    """One reading of a corpus: every real folder once; what is passed over is counted, and told by ``tell``.

    ``rejected`` has a row for each folder that cannot be read or is reached a second time. ``bases`` are the folders
    that will be read from their top: links into these are such a second time.
    """

    def __init__(self, bases: Sequence[Path]) -> None:
        self._bases = [os.path.realpath(base) for base in bases if not base.is_symlink()]
        self._visited: dict[str, Path] = {}
        self._passed_over: dict[str, Counter[str]] = {}
        self.rejected: list[Row] = []

    def read(self, path: Path, label: str | None = None, split: str | None = None) -> Folder:
        """All that lies in the folder, at any depth."""
        folder, below = self.look(path, label, split)
        folder.folders = [self.read(entry, label, split) for entry in below]
        return folder

    def look(self, path: Path, label: str | None = None, split: str | None = None) -> tuple[Folder, list[Path]]:
        """The folder with the files directly in it, and the paths of the folders to be read below it."""
        row = Row(path, "frames", label, split)
        if other := self._reached_before(path):
            self.rejected.append(row.rejected("repeated", f"A link to {other}, which is read in its own place."))
            return Folder(path), []
        try:
            entries = sorted(_entries(path), key=lambda entry: natural_key(entry.name))
        except OSError as error:
            why = f"The folder cannot be read: {error.strerror or error}; mend its permissions or move it away."
            self.rejected.append(row.rejected("unreadable", why))
            return Folder(path), []
        return self._sorted_out(path, entries)

    def _sorted_out(self, path: Path, entries: Sequence[Path]) -> tuple[Folder, list[Path]]:
        folder, below = Folder(path), []
        for entry in entries:
            if is_system(entry.name):
                self.pass_over("hidden or of a system or tool", entry.name)
            elif os.path.isdir(entry):  # Path.is_dir raises where it may not look
                below.append(entry)
            elif (kind := file_kind(entry)) is None:
                self.pass_over("beside the data", entry.name)
            else:
                (folder.images if kind == "image" else folder.videos).append(entry)
        return folder, sorted(below, key=os.path.islink)  # real folders first: links to them are the repetition

    def _reached_before(self, path: Path) -> Path | None:
        """The place where this real folder is read otherwise, if it is."""
        real = os.path.realpath(path)
        if real not in self._visited and os.path.islink(path) and self._leads_back(real, path.parent):
            return Path(real)
        if (before := self._visited.setdefault(real, path)) != path:
            return before
        if os.path.islink(path):
            self._bases.append(real)
        return None

    def _leads_back(self, real: str, parent: Path) -> bool:
        """Whether a link's target is read under its own name, or is a folder that the link lies in."""
        return any(_read_below(base, real) for base in self._bases) or _inside(os.path.realpath(parent), real)

    def was_rejected(self, path: Path) -> bool:
        """Whether the folder could not be read, or is read elsewhere."""
        return any(row.path == path for row in self.rejected)

    def pass_over(self, why: str, name: str) -> None:
        """Counts a file or folder that is no part of the data, by its name."""
        self._passed_over.setdefault(why, Counter())[name] += 1

    def tell(self, root: Path) -> None:
        """One line for each kind of thing that was passed over."""
        for why, names in self._passed_over.items():
            where = printable(str(root))
            logger.info("Passed over in %s: %d entries %s: %s", where, names.total(), why, _first(names))


def _entries(folder: Path) -> list[Path]:
    """What lies in the folder; raises OSError where it may not be listed, or only its names may be seen."""
    entries = list(folder.iterdir())
    if not os.access(folder, os.X_OK):  # folders in it would look like files without an ending
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    return entries


def is_unreadable(folder: Path) -> bool:
    """Whether it is a folder whose entries may not be listed or looked at."""
    try:
        _entries(folder)
        return False
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def check_readable(path: Path) -> None:
    """Raises UserError where the corpus itself may not be read."""
    if os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)):
        return
    raise UserError(f"corpus.path {path} cannot be read: mend its permissions, or name another one.")


def _read_below(base: str, path: str) -> bool:
    """Whether who reads all of ``base`` comes to ``path``: not where that lies in a hidden folder."""
    return _inside(path, base) and not any(is_system(part) for part in Path(os.path.relpath(path, base)).parts[:-1])


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _first(names: Counter[str]) -> str:
    shown = [f"{printable(name)} ({count})" if count > 1 else printable(name) for name, count in names.most_common(4)]
    return ", ".join(shown) + (", ..." if len(names) > 4 else "")
