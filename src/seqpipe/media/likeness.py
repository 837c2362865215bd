"""Samples that are not like the others: what most of a corpus is made of decides."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd

from seqpipe.media.frames import InvalidSample


def unlike_others(samples: pd.DataFrame, alike: Sequence[str]) -> dict[Hashable, InvalidSample]:
    """Why samples must go, by their index.

    Args:
        samples: With the columns ``alike``.
        alike: Facts of which all samples must have one value; of values that are equally common the lowest is kept.
    """
    unlike: dict[Hashable, InvalidSample] = {}
    for fact in alike if len(samples) else ():
        commonest = samples[fact].mode().iloc[0]
        for index, value in samples[fact][samples[fact] != commonest].items():
            detail = f"It has {value} {fact}, where most samples have {commonest}."
            unlike[index] = InvalidSample("unlike_others", detail)
    return unlike
