"""Every kind of targets by what it is called on disk."""

from __future__ import annotations

import numpy as np

from seqpipe.targets.base import Targets
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets

TARGETS: dict[str, type[ClassTargets] | type[FrameTargets]] = {of.kind: of for of in (ClassTargets, FrameTargets)}


def targets_of(kind: str, t: np.ndarray, class_names: tuple[str, ...]) -> Targets:
    """Targets as they were kept."""
    return TARGETS[kind](t, class_names)
