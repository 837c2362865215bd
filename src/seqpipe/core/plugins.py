"""What other packages add: a classifier, a task, a modality, a section of the report.

A package names its addition in its metadata, by an entry point (``[project.entry-points."<group>"]`` of its
``pyproject.toml``); once it is installed, it is here. The groups are ``seqpipe.models``, ``seqpipe.tasks``,
``seqpipe.modalities`` and ``seqpipe.sections``; what an object of a group must be, the registry that asks for it says.
"""

from __future__ import annotations

import importlib.metadata
import logging
from typing import Any, TypeVar

logger = logging.getLogger(__name__)
Entry = TypeVar("Entry")


def add_plugins(group: str, of: type[Entry], registry: dict[str, Entry]) -> dict[str, Entry]:
    """Adds to a registry what the installed packages have for it, and returns what was added.

    What is not of the type ``of``, and what has a name that is taken, is left out with a warning.
    """
    added: dict[str, Entry] = {}
    for name, entry in entry_points(group).items():
        if isinstance(entry, of) and name not in registry:
            registry[name] = added[name] = entry
            continue
        why = "the name is taken" if name in registry else f"expected a {of.__name__}, got {type(entry).__name__}"
        logger.warning("%r of another package is left out of %s: %s.", name, group, why)
    return added


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
