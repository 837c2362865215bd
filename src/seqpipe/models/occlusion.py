"""Which tokens of a text decide an answer: what becomes of it where one of them is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqpipe.data.dataset import FeatureDataset
from seqpipe.models.base import Model

AT_ONCE = 500_000
"""Tokens that are read together: of each text as many copies as it has tokens, one of them hidden in each."""


def token_weights(model: Model, data: FeatureDataset, answers: np.ndarray) -> list[np.ndarray]:
    """For each sample (L,): how much of its answer's probability is lost where a token is read as unknown.

    Above zero the token speaks for the answer, below zero against it (occlusion: Zeiler and Fergus, Visualizing and
    understanding convolutional networks, ECCV 2014; of words Li et al., arXiv:1612.08220).

    Args:
        model: Of clips.
        data: Samples of tokens.
        answers: (N,) the class index that each is asked of.
    """
    lengths = data.mask.sum(axis=1)
    whole = model.predict_proba(data)[np.arange(len(data)), answers]
    weights: list[np.ndarray] = []
    for start, stop in _parts(lengths.tolist()):
        rows = np.repeat(np.arange(start, stop), lengths[start:stop])
        hidden = np.concatenate([np.arange(length) for length in lengths[start:stop]])
        without = model.predict_proba(_hiding(data, rows, hidden))[np.arange(len(rows)), answers[rows]]
        lost = whole[rows] - without
        weights += np.split(lost, np.cumsum(lengths[start:stop])[:-1])
    return weights


def _hiding(data: FeatureDataset, rows: np.ndarray, tokens: np.ndarray) -> FeatureDataset:
    """A copy of a sample for each of the rows, with one token unknown."""
    copies = data.take(rows)
    x = np.array(copies.x[:])
    x[np.arange(len(rows)), tokens] = 0
    return replace(copies, x=x)


def _parts(lengths: list[int]) -> list[tuple[int, int]]:
    """From which sample to which, so that each part has few enough tokens."""
    bounds, start, filled = [], 0, 0
    for n, length in enumerate(lengths):
        if n > start and filled + length**2 > AT_ONCE:
            bounds.append((start, n))
            start, filled = n, 0
        filled += length**2
    return [*bounds, (start, len(lengths))] if lengths else []
