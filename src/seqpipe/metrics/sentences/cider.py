"""CIDEr-D: n-grams in common, each weighted by how rare it is (Vedantam et al., CVPR 2015).

The numbers are those of COCO's caption evaluation, without stemming.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import scipy.sparse as sp

from seqpipe.metrics.intervals import Floats, Ints

ORDER = 4
SIGMA = 6.0
"""Words by which an answer may be longer or shorter before the penalty is felt."""
FACTOR = 10.0


def cider_d(answers: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> Floats:
    """(N,) CIDEr-D of each answer in 0..10; equation 5 and what follows in the paper, with clipping and length penalty.

    How many samples an n-gram is common in, its document frequency, is counted in the references given here: so
    give the whole split that is judged, and of a resample take the scores of its samples. An n-gram of every sample
    weighs nothing. With a single sample all do, and its score is 0.

    Args:
        answers: N answers, each its words.
        references: of each, one or more references.
    """
    owner = np.repeat(np.arange(len(answers)), [len(others) for others in references])
    each = list(chain.from_iterable(references))
    similar = sum(_similarity(answers, each, owner, n) for n in range(1, ORDER + 1)) / ORDER
    penalised = similar * np.exp(-((_lengths(answers)[owner] - _lengths(each)) ** 2) / (2 * SIGMA**2))
    return FACTOR * np.bincount(owner, weights=penalised) / np.bincount(owner)


def _lengths(sentences: Sequence[Sequence[str]]) -> Ints:
    # COCO's code counts bigrams here: a word less in each, which only of no words at all makes a difference.
    return np.array([max(len(words) - 1, 0) for words in sentences])


def _similarity(answers: Sequence[Sequence[str]], each: Sequence[Sequence[str]], owner: Ints, n: int) -> Floats:
    """(references,) the cosine between each reference and its sample's answer by weights of n-grams, clipped."""
    counts = _counts([*answers, *each], n)
    said, wanted = counts[: len(answers)], counts[len(answers) :]
    rarity = sp.diags_array(np.log(len(answers)) - np.log(np.maximum(1, _documents(wanted, owner))))
    said, wanted = (said @ rarity)[owner], wanted @ rarity
    dot = said.minimum(wanted).multiply(wanted).sum(axis=1)
    norms = np.sqrt(said.multiply(said).sum(axis=1) * wanted.multiply(wanted).sum(axis=1))
    return np.divide(dot, norms, out=np.zeros_like(norms), where=norms > 0)


def _counts(sentences: Sequence[Sequence[str]], n: int) -> sp.csr_array:
    """(sentences, V) how often each of the V n-grams of all of them is in each."""
    number: dict[tuple[str, ...], int] = {}
    columns = [[number.setdefault(gram, len(number)) for gram in _grams(words, n)] for words in sentences]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter(chain.from_iterable(columns), dtype=np.int64, count=int(ends[-1]))
    counts = sp.csr_array((np.ones(len(flat)), flat, ends), shape=(len(sentences), len(number)))
    counts.sum_duplicates()
    return counts


def _grams(words: Sequence[str], n: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(n)), strict=False)


def _documents(wanted: sp.csr_array, owner: Ints) -> Ints:
    """(V,) of how many samples at least one reference has the n-gram."""
    of_sample = sp.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))))
    return ((of_sample @ wanted) > 0).sum(axis=0)
