"""Every kind of targets by what it is called on disk.

A new one is its class, with what `seqpipe.targets.base.Targets` asks for, and one entry here: by it D' is read again.
Another package adds one by an entry point, with nothing here changed.
"""

from __future__ import annotations

import numpy as np

from seqpipe.core.contracts import check_class
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.plugins import Registry
from seqpipe.targets.base import Targets
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets

PLUGINS = "seqpipe.targets"
"""The group of entry points: a class of `Targets` each, called with ``(t, class_names)``, under its ``kind``."""


def refusal(kind: str, of: type) -> str | None:
    """Why a class cannot be taken: it is not what `Targets` asks for, or goes by another ``kind`` than its entry."""
    try:
        check_class("targets", kind, of, Targets, called="kind")
    except UserError as error:
        return str(error)
    return None


TARGETS: Registry[type] = Registry(PLUGINS, type, {of.kind: of for of in (ClassTargets, FrameTargets)}, refusal)


def targets_of(kind: str, t: np.ndarray, class_names: tuple[str, ...]) -> Targets:
    """Targets as they were kept.

    Raises:
        UserError: There is no such kind; the known ones are named.
    """
    if kind not in TARGETS:
        raise unknown_name("kind of targets", kind, sorted(TARGETS))
    targets: Targets = TARGETS[kind](t, class_names)
    return targets
