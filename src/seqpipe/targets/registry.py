"""Every kind of targets by what it is called on disk.

A new one is its class, with what `seqpipe.targets.base.Targets` asks for, and one entry here: by it D' is read again.
Another package adds one by an entry point, with nothing here changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqpipe.core.contracts import check_class
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.plugins import Registry
from seqpipe.targets.base import Columns, Targets
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets
from seqpipe.targets.sentences import SentenceTargets

PLUGINS = "seqpipe.targets"
"""The group of entry points: a class of `Targets` each, under its ``kind``."""


def refusal(kind: str, of: type) -> str | None:
    """Why a class cannot be taken: it is not what `Targets` asks for, or goes by another ``kind`` than its entry."""
    try:
        check_class("targets", kind, of, Targets, called="kind")
    except UserError as error:
        return str(error)
    return None


IN_THE_BOX: tuple[type[Any], ...] = (ClassTargets, FrameTargets, SentenceTargets)
TARGETS: Registry[type[Any]] = Registry(PLUGINS, type, {of.kind: of for of in IN_THE_BOX}, refusal)


def targets_of(kind: str, columns: Columns, facts: Mapping[str, Any]) -> Targets:
    """Targets as they were kept, of their ``columns`` and ``facts``.

    Raises:
        UserError: There is no such kind; the known ones are named.
    """
    if kind not in TARGETS:
        raise unknown_name("kind of targets", kind, sorted(TARGETS))
    targets: Targets = TARGETS[kind].kept(columns, facts)
    return targets
