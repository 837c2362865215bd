"""The files that lists name, however these spell them."""

from __future__ import annotations

import logging
import os
import re
from functools import cached_property
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import file_kind, suffix_kind
from seqpipe.media.corpora.listing import Row
from seqpipe.media.parts.paths import split_part
from seqpipe.media.parts.reading import exists
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)


def spelling(name: str) -> str:
    """What two names that are equal to the eye, or to a system that ignores case, have in common."""
    return normal_text(normal_text(name).casefold())


def stem_of(name: str) -> str:
    """A file's name without the ending that says what it is; dots that are part of the name stay."""
    return name[: -len(Path(name).suffix)] if suffix_kind(Path(name)) else name


def parts_of_name(name: str) -> list[str]:
    """The folders and the file of a listed name; lists from Windows have backslashes between them."""
    return [part for part in re.split(r"[\\/]+", name) if part not in ("", ".")]


def nearest(name: str, candidates: list[Path]) -> Path | None:
    """The one of ``candidates`` that a list means by ``name``; None where none or several come into question.

    Equal names first, then those equal but for Unicode form and case, then those with another ending: of these, the
    one of the kind that the ending of ``name`` promises.
    """
    alike = [path for path in candidates if spelling(path.name) == spelling(name)]
    others = [path for path in candidates if spelling(stem_of(path.name)) == spelling(stem_of(name))]
    same_kind = [path for path in others if suffix_kind(path) == suffix_kind(Path(name))]
    for matches in ([path for path in alike if path.name == name], alike, same_kind, others):
        if len(matches) == 1:
            return matches[0]
    return None


class Folder:
    """A folder and what lies in it, read once and only when it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._below: dict[str, Folder] = {}

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        try:
            names = sorted(os.listdir(self.path))
        except OSError:
            names = []  # what is named in it will be missing, and probing says so
        entries: dict[str, list[Path]] = {}
        for name in names:
            entries.setdefault(spelling(stem_of(name)), []).append(self.path / name)
        return entries

    def _alike(self, name: str) -> list[Path]:
        return self._by_stem.get(spelling(stem_of(name)), [])

    def below(self, part: str) -> Folder | None:
        """The folder called ``part``, in whatever spelling."""
        if part not in self._below:
            exact = self.path / part
            alike = [entry for entry in self._alike(part) if os.path.isdir(entry)]  # Path.is_dir may raise
            path = exact if os.path.isdir(exact) else nearest(part, alike)
            if path is None:
                return None
            self._below[part] = Folder(path)
        return self._below[part]

    def sample(self, name: str) -> Path | None:
        """The file or folder of frames called ``name``, in whatever spelling and with whatever ending."""
        return nearest(name, [entry for entry in self._alike(name) if file_kind(entry) or os.path.isdir(entry)])


class ListedFiles:
    """Finds the files that a list names relative to a folder, and counts those that it spells in another way."""

    def __init__(self, root: Path) -> None:
        self._root = Folder(root)
        self._respelled: dict[str, Path] = {}

    def find(self, name: str) -> Path:
        """Where ``name`` lies; where it should lie, if there is no such file (probing then says so)."""
        path = Path(os.path.normpath(self._root.path / name))
        if os.path.exists(path):  # False, too, for what may not be looked at
            return path
        found = self._search(parts_of_name(name))
        if found is None:
            return Path(os.path.normpath(self._root.path.joinpath(*parts_of_name(name)))) if "\\" in name else path
        self._respelled[name] = found
        return found

    def _search(self, parts: list[str]) -> Path | None:
        folder: Folder | None = self._root
        for part in parts[:-1]:
            folder = folder.below(part) if folder else None
        return folder.sample(parts[-1]) if folder and parts else None

    def log_respelled(self, file: Path) -> None:
        """Says how many names of the list ``file`` are spelled in another way than on disk."""
        if self._respelled:
            name, path = next(iter(self._respelled.items()))
            logger.warning(
                "%s: %d name(s) are spelled in another way on disk (separator, ending, case or Unicode form), such as "
                "%s, which is %s.",
                *(file, len(self._respelled), name, path),
            )


class FilesBelow(ListedFiles):
    """Finds files also by names that are paths on another machine, or say no folder, as the names of videos may be."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._top = root

    @cached_property
    def _at_any_depth(self) -> dict[str, list[Path]]:
        entries: dict[str, list[Path]] = {}
        for entry in self._top.rglob("*"):
            entries.setdefault(spelling(stem_of(entry.name)), []).append(entry)
        return entries

    def find(self, name: str) -> Path:
        """As for any list; where nothing is there, the one file of that name at any depth."""
        path = super().find(name)
        if may_be_there(path):
            return path
        last = name.replace("\\", "/").rpartition("/")[2]
        alike = self._at_any_depth.get(spelling(stem_of(last)), [])
        return nearest(last, [entry for entry in alike if suffix_kind(entry) or os.path.isdir(entry)]) or path


def checked_rows(rows: list[Row], source: str, unread: str = "") -> list[Row]:
    """Every sample of the list ``source`` once; ``unread`` is a sentence of what lies there and cannot be read.

    Raises UserError where one stands there twice and not with the same words, or where none of them is on disk.
    """
    once = _without_repeats(rows, source)
    if once and not any(may_be_there(row.path) for row in once):
        raise UserError(
            f"None of the {len(once)} samples in {source} is there; the first was looked for at {once[0].path}. Mend "
            f"the names, or lay list and files together as they expect it.{unread and ' '}{unread}"
        )
    _warn_of_labels(once, source)
    return once


def may_be_there(path: Path) -> bool:
    """Whether something is there, or in a folder that may not be looked into: probing will say so."""
    if split_part(path):
        return exists(path)
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):  # ValueError: no file can have that name
        return False
    return True


def _without_repeats(rows: list[Row], source: str) -> list[Row]:
    """Two spellings of a path, or a link and what it leads to, are one sample."""
    by_file: dict[str, Row] = {}
    for row in rows:
        first = by_file.setdefault(os.path.realpath(row.path), row)
        differing = [field for field in ("label", "split", "group") if getattr(first, field) != getattr(row, field)]
        if differing:
            words = ", ".join(f"{field} {getattr(first, field)} and {getattr(row, field)}" for field in differing)
            raise UserError(f"{row.path} stands twice in {source}, with different words ({words}); keep one.")
    if len(by_file) < len(rows):
        logger.info("%d path(s) stand more than once in %s; each counts once.", len(rows) - len(by_file), source)
    return list(by_file.values())


def _warn_of_labels(rows: list[Row], source: str) -> None:
    """Says which labels differ in a way that is easily overlooked."""
    by_spelling: dict[str, set[str]] = {}
    for label in {row.label for row in rows if row.label}:
        by_spelling.setdefault(" ".join(spelling(label).split()), set()).add(label)
    for labels in by_spelling.values():
        if len(labels) > 1:
            names = " and ".join(map(repr, sorted(labels)))
            logger.warning("%s: the labels %s are different classes; mend them if they are one.", source, names)
