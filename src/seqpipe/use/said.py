"""What is said of samples, as it is handed on with an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqpipe.tasks.base import Task
from seqpipe.tasks.sentences import Beam, Said, Sentences


def handed_on(said: Sequence[Said] | np.ndarray, steps: Sequence[int], task: Task) -> list[Said]:
    """The same of each of the N samples, with what was looked at for the best sentence alone, (L, steps places).

    What lies behind the end of a sample, which has so many ``steps``, others that were answered with it have filled up:
    it is cut off.
    """
    assert isinstance(task, Sentences), "what is asked for sentences"
    return [_within(one, count * task.places) for one, count in zip(said, steps, strict=True)]


def _within(said: Said, width: int) -> Said:
    best, *others = said.beams
    if best.attention is not None:
        best = best._replace(attention=best.attention[:, :width].copy())  # a view would keep what is cut off
    return Said((best, *(without_attention(beam) for beam in others)))


def without_attention(beam: Beam) -> Beam:
    """The same sentence, without what was looked at for it."""
    return beam._replace(attention=None)
