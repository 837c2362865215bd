"""What other packages add: a classifier, a task, a modality, a section of the report.

A package names its addition in its metadata, by an entry point (``[project.entry-points."<group>"]`` of its
``pyproject.toml``); once it is installed, it is here. The groups are ``seqpipe.models``, ``seqpipe.tasks``,
``seqpipe.targets``, ``seqpipe.modalities`` and ``seqpipe.sections``; what an object of a group must be, the registry
that asks for it says.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar

logger = logging.getLogger(__name__)
GROUPS = "seqpipe."
"""How the names of the groups begin."""
Entry = TypeVar("Entry")


class Registry(MutableMapping[str, Entry]):
    """Entries by name: those in the box, and from the first look into it on those of other packages.

    These are not imported before: a package that adds several things imports several registries, and is whole only
    when all of them are.

    Args:
        group: Of entry points.
        of: The type that an entry is of; what is not, and what has a name that is taken, is left out with a warning.
        entries: Those in the box.
        admit: Takes each entry of another package in by its name, or says why it cannot be.
    """

    def __init__(
        self, group: str, of: type[Entry], entries: Mapping[str, Entry], admit: Callable[[str, Entry], str | None]
    ) -> None:
        self._group, self._of, self._admit = group, of, admit
        self._entries = dict(entries)
        self._in_the_box = frozenset(entries)
        self._whole = False

    def _all(self) -> dict[str, Entry]:
        if not self._whole:
            self._whole = True
            for name, entry in entry_points(self._group).items():
                self._add(name, entry)
        return self._entries

    def _add(self, name: str, entry: Any) -> None:
        if why := self._refusal(name, entry):
            logger.warning("%r of another package is left out of %s: %s.", name, self._group, why)
        else:
            self._entries[name] = entry

    def _refusal(self, name: str, entry: Any) -> str | None:
        if not isinstance(entry, self._of):
            return f"expected a {self._of.__name__}, got {type(entry).__name__}"
        if not name.isidentifier():
            return "a name has letters, digits and _ alone, for parameters are called by it"
        return "the name is taken" if name in self._entries else self._admit(name, entry)

    def of_another_package(self, name: str) -> bool:
        """Whether the entry is none of those in the box."""
        return name not in self._in_the_box

    def __getitem__(self, name: str) -> Entry:
        return self._all()[name]

    def __setitem__(self, name: str, entry: Entry) -> None:
        self._all()[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def packages() -> dict[str, str]:
    """The packages that add something, each with its version."""
    groups = [group for group in importlib.metadata.entry_points().groups if group.startswith(GROUPS)]
    points = [point for group in groups for point in importlib.metadata.entry_points(group=group)]
    return {point.dist.name: point.dist.version for point in points if point.dist is not None}


def entry_points(group: str) -> dict[str, Any]:
    """What the installed packages add to ``group``: objects by name, in the order of their names.

    One that cannot be imported is left out, and of two of one name the later: a warning names it, its package and
    the reason.
    """
    added: dict[str, Any] = {}
    for point in sorted(importlib.metadata.entry_points(group=group), key=lambda point: (point.name, _package(point))):
        if point.name in added:
            _left_out(point, "another package adds one of that name")
            continue
        try:
            added[point.name] = point.load()
        except Exception as error:
            _left_out(point, f"{type(error).__name__}: {error}")
    return added


def _left_out(point: importlib.metadata.EntryPoint, why: str) -> None:
    message = "%s %r of the package %s is left out (%s): mend the package, or uninstall it."
    logger.warning(message, point.group, point.name, _package(point), why)


def _package(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "?"
