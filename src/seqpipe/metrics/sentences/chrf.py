"""chrF2: n-grams of characters in common (Popović, chrF, WMT 2015), as sacreBLEU computes it.

sacreBLEU tells a score, but not the counts that it is made of, without which a corpus cannot be resampled. So they are
counted here, with its n-grams; the tests hold the scores against sacreBLEU's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sacrebleu.metrics import CHRF
from sacrebleu.metrics.helpers import extract_all_char_ngrams

from seqpipe.metrics.intervals import Floats
from seqpipe.metrics.sentences.summed import SummedScore

ORDER = CHRF.CHAR_ORDER  # 6
BETA = CHRF.BETA  # 2: recall counts twice as much as precision


def chrf(answers: Sequence[str], references: Sequence[Sequence[str]]) -> SummedScore:
    """Corpus chrF2 in 0..1 (papers print it times 100); blanks do not count, upper and lower case are different.

    Of several references the one with the highest F counts, of equals the first: so the order of references
    matters where an answer has nothing in common with any, by the n-grams that it is held to lack.

    Args:
        answers: N texts.
        references: of each, one or more.
    """
    rows = [_statistics(answer, others) for answer, others in zip(answers, references, strict=True)]
    return SummedScore(np.array(rows, dtype=np.float64), _f_score)


def _statistics(answer: str, references: Sequence[str]) -> Floats:
    """(6 * 3,) for each order: n-grams of the answer, of the best reference, and of both."""
    said = extract_all_char_ngrams(answer, ORDER)
    rows = np.array([_against(said, extract_all_char_ngrams(other, ORDER)) for other in references], dtype=np.float64)
    return rows[_f_score(rows).argmax()]


def _against(said: list[Counter[str]], wanted: list[Counter[str]]) -> list[int]:
    return [number for pair in zip(said, wanted, strict=True) for number in _in_common(*pair)]


def _in_common(said: Counter[str], wanted: Counter[str]) -> tuple[int, int, int]:
    matched = sum(min(count, wanted[gram]) for gram, count in said.items() if gram in wanted)
    return (said.total() if wanted else 0, wanted.total(), matched)


def _f_score(sums: Floats) -> Floats:
    """(R,) F of precision and recall, each the mean over the orders that both answer and reference have."""
    said, wanted, matched = np.moveaxis(sums.reshape(-1, ORDER, 3), 2, 0)
    there = (said > 0) & (wanted > 0)
    orders = np.maximum(there.sum(axis=1), 1)
    precision = (np.where(there, matched, 0) / np.where(there, said, 1)).sum(axis=1) / orders
    recall = (np.where(there, matched, 0) / np.where(there, wanted, 1)).sum(axis=1) / orders
    weighted = BETA**2 * precision + recall
    return np.where(weighted > 0, (1 + BETA**2) * precision * recall / np.where(weighted > 0, weighted, 1), 0.0)
