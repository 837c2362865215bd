"""Words that are wrong, against the closest reference: pure functions on sentences that are taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqpipe.metrics.intervals import Floats, Ints
from seqpipe.metrics.segments import levenshtein
from seqpipe.metrics.sentences.summed import SummedScore, share


def word_error_rate(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> SummedScore:
    """Words inserted, left out and replaced, over the words of the references: 0 is perfect, more than 1 is possible.

    Each answer is held against its closest reference. Not a number where no reference has a word.

    Args:
        answers: N answers, each its words.
        references: of each, one or more references.
    """
    rows = [_errors(words, closest(words, others)) for words, others in zip(answers, references, strict=True)]
    return SummedScore(np.array(rows, dtype=np.float64), share)


def _errors(words: Sequence[str], reference: Sequence[str]) -> tuple[int, int]:
    return levenshtein(words, reference), len(reference)


def closest(words: Sequence[str], references: Sequence[Sequence[str]]) -> Sequence[str]:
    """The reference with the fewest errors; of equals the longest, then the first by its words."""
    return min(references, key=lambda other: (levenshtein(words, other), -len(other), list(other)))


class ByPosition(NamedTuple):
    """Of each place in a sentence, from its first word: a share, and of how many samples."""

    share: Floats
    samples: Ints


def accuracy_by_position(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> ByPosition:
    """(P,) the share of samples whose word at each place is the closest reference's, and (P,) of how many samples.

    P is the length of the longest of these references; of a place only the samples count whose reference has it, and an
    answer that ends before it is wrong there. After a word left out all places are wrong: it tells where a
    model that writes from left to right loses its way, not how many words are wrong.
    """
    each = [(words, closest(words, others)) for words, others in zip(answers, references, strict=True)]
    longest = max(len(reference) for _, reference in each)
    right, samples = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for words, reference in each:
        samples[: len(reference)] += 1
        for place, (said, wanted) in enumerate(zip(words, reference, strict=False)):
            right[place] += said == wanted
    return ByPosition(right / samples, samples)
