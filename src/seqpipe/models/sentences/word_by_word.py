"""Translations without a net: the source as it is, and word by word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqpipe.core.errors import UserError
from seqpipe.models.sentences.baseline import SentenceBaseline, said_once, sentences_of
from seqpipe.targets.vocabulary import SPECIAL, UNKNOWN, Level, level_of, written
from seqpipe.tasks.sentences import said_of

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset

PAIRS_AT_ONCE = 512
"""Pairs of sentences of which every token is brought together with every other at a time."""


class CopySource(SentenceBaseline):
    """The tokens of the source that train knows, as they are; D' holds no others."""

    kind = "copy_source"
    description = "the known words of the source, as they are"

    def learn(self, train: FeatureDataset) -> None:
        check_tokens(train)

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        level = level_of(data.tokens[1:])
        return said_of([said_once(written(tokens, level)) for tokens in _sources(data)])

    def write(self, folder: Path) -> dict[str, Any]:
        return {}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        """There is nothing to it."""


class Dictionary(SentenceBaseline):
    """Each token of the source as the target's token that goes with it most, in the source's order.

    The probabilities t(target | source) are those of IBM's model 1 (Brown et al., The mathematics of statistical
    machine translation, 1993), found by expectation and maximisation; without its empty word, so that what has no
    counterpart in the source counts for all of its words.
    """

    kind = "dictionary"
    description = "each word of the source by itself"
    _words: dict[str, str]
    _level: Level

    def learn(self, train: FeatureDataset) -> None:
        check_tokens(train)
        targets = sentences_of(train)
        rows, said = targets.pairs()
        best = likeliest(links_of(_numbers(train)[rows], train.mask[rows], said), self.config.rounds)
        names, self._level = targets.vocabulary.tokens, targets.vocabulary.level
        self._words = {train.tokens[source]: names[target] for source, target in best.items()}

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        each = [[self._words[token] for token in tokens if token in self._words] for tokens in _sources(data)]
        return said_of([said_once(written(tokens, self._level)) for tokens in each])

    def write(self, folder: Path) -> dict[str, Any]:
        return {"words": self._words, "level": self._level}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._words, self._level = kept["words"], kept["level"]


class Links(NamedTuple):
    """Every token of a source with every one of its target, (n,) each.

    Attributes:
        slot: Which place of which target: the links to one place share what it counts, one in all.
        source, target: The tokens.
    """

    slot: np.ndarray
    source: np.ndarray
    target: np.ndarray


def links_of(sources: np.ndarray, mask: np.ndarray, said: np.ndarray) -> Links:
    """Of the tokens (n, S) of sources with mask (n, S) and of sentences (n, L); what is unknown has no part in it."""
    there, spoken = mask & (sources != UNKNOWN), said >= len(SPECIAL)
    parts = [slice(start, start + PAIRS_AT_ONCE) for start in range(0, max(len(said), 1), PAIRS_AT_ONCE)]
    found = [np.nonzero(there[some, :, None] & spoken[some, None, :]) for some in parts]
    pair = np.concatenate([some.start + of[0] for some, of in zip(parts, found, strict=True)])
    s, t = (np.concatenate([of[axis] for of in found]) for axis in (1, 2))
    return Links(pair * said.shape[1] + t, sources[pair, s], said[pair, t])


def likeliest(links: Links, rounds: int) -> dict[int, int]:
    """By the source's token, the target's token with the highest t(target | source) after so many rounds."""
    width = int(links.target.max(initial=0)) + 1
    kinds, kind = np.unique(links.source * width + links.target, return_inverse=True)
    _, slot = np.unique(links.slot, return_inverse=True)
    sources = kinds // width
    t = np.ones(len(kinds))
    for _ in range(rounds):
        p = t[kind]
        expected = np.bincount(kind, weights=p / np.bincount(slot, weights=p)[slot], minlength=len(kinds))
        t = expected / np.bincount(sources, weights=expected)[sources]
    order = np.lexsort((kinds, -t, sources))
    _, first = np.unique(sources[order], return_index=True)
    best = kinds[order[first]]
    return dict(zip((best // width).tolist(), (best % width).tolist(), strict=True))


def check_tokens(data: FeatureDataset) -> None:
    """Raises a UserError where the source is no text."""
    if not data.tokens:
        raise UserError("translation reads texts, and D' holds vectors: give a corpus of pairs of sentences.")


def _numbers(data: FeatureDataset) -> np.ndarray:
    """(N, S) int64, the tokens of each source."""
    numbers: np.ndarray = np.asarray(data.x[:])[..., 0].astype(np.int64)
    return numbers


def _sources(data: FeatureDataset) -> list[list[str]]:
    """The known tokens of each source."""
    x = _numbers(data)
    return [[data.tokens[token] for token in x[n][data.mask[n]] if token != UNKNOWN] for n in range(len(data))]
