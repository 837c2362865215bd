"""BLEU of a corpus with several references (Papineni et al., ACL 2002), counted and computed by sacreBLEU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
from sacrebleu.metrics import BLEU

from seqpipe.metrics.intervals import Floats
from seqpipe.metrics.sentences.summed import SummedScore

ORDER = 4
"""The longest n-grams."""
Smoothing = Literal["none", "exp"]
"""``none``: COCO's way with captions. ``exp``: sacreBLEU's, half a match, a quarter, ... for orders that have none."""

# The numbers of a sentence need no effective order, but without it sacreBLEU warns at each.
_COUNTING = BLEU(tokenize="none", effective_order=True)


def bleu_statistics(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> Floats:
    """(N, 2 * 4 + 2): matched n-grams and all n-grams of each answer, n = 1..4, its length and the closest reference's.

    Args:
        answers: N answers, each its words; none of them has a blank in it.
        references: of each, one or more references.
    """
    rows = []
    for words, others in zip(answers, references, strict=True):
        found = _COUNTING.sentence_score(" ".join(words), [" ".join(other) for other in others])
        rows.append([*found.counts, *found.totals, found.sys_len, found.ref_len])
    return np.array(rows, dtype=np.float64)


def bleu(statistics: Floats, order: int, smoothing: Smoothing) -> SummedScore:
    """Corpus BLEU of n-grams up to ``order`` (1..4) in 0..1 (papers on translation print it times 100).

    Of a single sample (`SummedScore.per_sample`) BLEU of order n is 0 where no n-gram matches, unless smoothed.
    """

    return SummedScore(statistics, partial(_bleu_of_each, order=order, smoothing=smoothing))


def _bleu_of_each(sums: Floats, order: int, smoothing: Smoothing) -> Floats:
    return np.array([_bleu_of(row, order, smoothing) for row in sums.astype(np.int64).tolist()])


def _bleu_of(sums: list[int], order: int, smoothing: Smoothing) -> float:
    *counts, length, reference_length = sums
    computed = BLEU.compute_bleu(
        correct=counts[:order],
        total=counts[ORDER : ORDER + order],
        sys_len=length,
        ref_len=reference_length,
        smooth_method=smoothing,
        max_ngram_order=order,
    )
    return min(computed.score / 100.0, 1.0)  # rounding may exceed 100 in the last digit
