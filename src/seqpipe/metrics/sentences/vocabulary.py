"""What words a model makes use of, and how many: pure functions on sentences that are taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from seqpipe.metrics.intervals import Ints


def lengths(sentences: Sequence[Sequence[str]]) -> Ints:
    """(N,) the number of words of each sentence."""
    return np.array([len(words) for words in sentences], dtype=np.int64)


def words_never_said(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> dict[str, int]:
    """The words of references that no answer has, and how often they are there; the most frequent first."""
    said = set(chain.from_iterable(answers))
    wanted = Counter(word for others in references for words in others for word in words)
    return {word: wanted[word] for word in sorted(wanted, key=lambda word: (-wanted[word], word)) if word not in said}
