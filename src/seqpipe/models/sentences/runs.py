"""Sentences as vectors of their runs of words: how alike two are is the product of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from seqpipe.core.errors import UserError
from seqpipe.metrics.sentences.tokens import caption_words

LONGEST_RUN = 4


def run_vectors(texts: Sequence[str]) -> Any:
    """A sparse matrix of unit vectors (n, R) of the runs of one to four words of each text, weighted by tf-idf.

    Much as CIDEr compares sentences, but for all lengths of runs in one vector, where CIDEr takes the mean over them.

    Raises:
        UserError: No text has a word.
    """
    try:
        return TfidfVectorizer(analyzer=_runs).fit_transform(texts)
    except ValueError as error:
        raise UserError(
            "No training sentence has a word, only marks, so that none is like another: look at the references of "
            "the corpus."
        ) from error


def _runs(text: str) -> list[tuple[str, ...]]:
    words = caption_words(text)
    lengths = range(1, LONGEST_RUN + 1)
    return [tuple(words[start : start + n]) for n in lengths for start in range(len(words) - n + 1)]
