"""What is said of samples, as it is handed on with an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqpipe.data.dataset import FeatureDataset
from seqpipe.tasks.sentences import Beam, Said, places_of


def handed_on(said: Sequence[Said] | np.ndarray, data: FeatureDataset) -> list[Said]:
    """The same of each of the N samples, with what was looked at for the best sentence alone, (L, steps places).

    What lies behind the end of a sample, which others that were answered with it have filled up, is cut off.
    """
    places = places_of(data.lineage)
    looked = data.mask.sum(axis=1) * places
    return [_within(one, int(width)) for one, width in zip(said, looked, strict=True)]


def _within(said: Said, width: int) -> Said:
    best, *others = said.beams
    if best.attention is not None:
        best = best._replace(attention=best.attention[:, :width].copy())  # a view would keep what is cut off
    return Said((best, *(without_attention(beam) for beam in others)))


def without_attention(beam: Beam) -> Beam:
    """The same sentence, without what was looked at for it."""
    return beam._replace(attention=None)
