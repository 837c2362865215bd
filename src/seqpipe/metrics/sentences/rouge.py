"""ROUGE-L: the longest words in common, in order (Lin, ROUGE, 2004), the way of COCO's caption evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqpipe.metrics.intervals import Floats

BETA = 1.2
"""How much more recall counts than precision, in COCO's evaluation."""


def rouge_l(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> Floats:
    """(N,) ROUGE-L of each answer in 0..1.

    F of the highest precision and the highest recall among the references, which may be those of two different ones
    (COCO's way). 0 where the answer or all references have no words.

    Args:
        answers: N answers, each its words.
        references: of each, one or more references.
    """
    return np.array([_rouge_l(words, others) for words, others in zip(answers, references, strict=True)])


def _rouge_l(words: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    common = [longest_common(words, other) for other in references]
    if not any(common):
        return 0.0
    precision = max(common) / len(words)
    recall = max(length / len(other) for length, other in zip(common, references, strict=True) if other)
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest common subsequence.

    A row of the table of lengths is one integer, a bit a word of ``a``: 0 where the length grows (Hyyrö, Bit-parallel
    LCS-length computation revisited, 2004).
    """
    places: dict[str, int] = {}
    for place, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << place
    whole = (1 << len(a)) - 1
    row = whole
    for word in b:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & whole
    return len(a) - row.bit_count()
