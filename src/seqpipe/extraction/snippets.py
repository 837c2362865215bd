"""Which frames of a sample the snippets around its steps hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqpipe.encoders.transforms import Snippet
from seqpipe.media.sampling import snippet_frames


class Snippets(NamedTuple):
    """What the steps of a sample read, where it is more than a frame each."""

    frames_s: list[float]
    """The times of all frames that any of them reads, each once, in seconds."""
    numbers: np.ndarray
    """(n, L) which of these frames each of the n snippets reads."""


def snippets_at(times_s: Sequence[float], edges_s: np.ndarray, snippet: Snippet) -> Snippets:
    """The snippets around these times, each with the frame in its middle that is shown then.

    Args:
        times_s: The n steps, in seconds.
        edges_s: (frames + 1,) when each frame begins to be shown, and when the last one ends.
        snippet: The frames of each, and how far they lie apart: they are counted, however long each is shown.
    """
    count = len(edges_s) - 1
    # Where among the frames a time lies: 2.5 is the middle of the time that frame 2 is shown.
    places = np.interp(times_s, edges_s, np.arange(count + 1))
    numbers = snippet_frames(places, count, snippet.frames, snippet.stride)
    frames, inverse = np.unique(numbers, return_inverse=True)
    middles_s = (edges_s[frames] + edges_s[frames + 1]) / 2
    return Snippets(middles_s.tolist(), inverse.reshape(numbers.shape))
