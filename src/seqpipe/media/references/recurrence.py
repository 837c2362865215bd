"""Sentences that recur: samples that share one stay on one side of a split."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from seqpipe.media.corpora.listed_files import spelling

logger = logging.getLogger(__name__)


def form_of(sentence: str) -> str:
    """What two sentences have in common that differ in case and blanks alone."""
    return " ".join(spelling(sentence).split())


def components(keys: Sequence[Sequence[Hashable]]) -> np.ndarray:
    """(N,) int: samples that share a key, or are linked by others that do, have one number.

    Args:
        keys: Of each of the N samples.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    flat = [(sample, key) for sample, of_one in enumerate(keys) for key in of_one]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(key for _, key in flat), start=len(keys))}
    rows, columns = [sample for sample, _ in flat], [numbers[key] for _, key in flat]
    size = len(keys) + len(numbers)
    links = coo_array((np.ones(len(flat)), (rows, columns)), shape=(size, size))
    _, found = connected_components(links, directed=False)
    return np.asarray(found[: len(keys)])


def tell_recurring(sentences: Sequence[Sequence[str]], splits: Sequence[str | None], what: str, source: str) -> None:
    """Warns of the samples of val and test of which train has a sentence too; the official split is kept.

    Args:
        sentences: Of each sample, in whatever spelling.
        splits: Of each sample.
        what: The sentences are, in the plural.
        source: What a sentence calls the corpus.
    """
    table = pd.DataFrame({"sentence": list(sentences), "split": list(splits)}).explode("sentence")
    table["sentence"] = table["sentence"].map(form_of)
    known = set(table["sentence"][table["split"] == "train"])
    for split, judged in table[table["split"].isin(["val", "test"])].groupby("split"):
        shared = judged.index[judged["sentence"].isin(known)].unique()
        if len(shared):
            logger.warning(
                "%s: train has %s of %d of the %d %s samples too, such as %r; the official split is kept: scores may "
                "be too good.",
                *(source, what, len(shared), judged.index.nunique(), split, sentences[shared[0]][0]),
            )
