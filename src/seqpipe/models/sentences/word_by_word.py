"""Translations without a net: the source as it is, and word by word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqpipe.core.errors import UserError
from seqpipe.models.sentences.baseline import SentenceBaseline, said_once, sentences_of
from seqpipe.targets.vocabulary import SPECIAL, UNKNOWN
from seqpipe.tasks.sentences import said_of

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset


class CopySource(SentenceBaseline):
    """The words of the source that train knows, as they are."""

    kind = "copy_source"
    description = "the known words of the source, as they are"

    def learn(self, train: FeatureDataset) -> None:
        check_tokens(train)

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        return said_of([said_once(" ".join(words)) for words in _sources(data)])

    def write(self, folder: Path) -> dict[str, Any]:
        return {}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        """There is nothing to it."""


class Dictionary(SentenceBaseline):
    """Each word of the source as the target's word that goes with it most, in the source's order.

    The probabilities t(target | source) are those of IBM's model 1 (Brown et al., The mathematics of statistical
    machine translation, 1993), found by expectation and maximisation.
    """

    kind = "dictionary"
    description = "each word of the source by itself"
    _words: dict[str, str]

    def learn(self, train: FeatureDataset) -> None:
        check_tokens(train)
        targets = sentences_of(train)
        rows, said = targets.pairs()
        links = _links(np.asarray(train.x[:])[rows, :, 0].astype(np.int64), train.mask[rows], said)
        best = likeliest(links, self.config.rounds)
        names = targets.vocabulary.tokens
        self._words = {train.tokens[source]: names[target] for source, target in best.items()}
        self._joined = "" if targets.vocabulary.level == "characters" else " "

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        said = [
            self._joined.join(self._words[word] for word in words if word in self._words) for words in _sources(data)
        ]
        return said_of([said_once(text) for text in said])

    def write(self, folder: Path) -> dict[str, Any]:
        return {"words": self._words, "joined": self._joined}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._words, self._joined = kept["words"], kept["joined"]


class Links(NamedTuple):
    """Every word of a source with every word of its target: which pair of sentences, which words, (n,) each."""

    pair: np.ndarray
    source: np.ndarray
    target: np.ndarray


def _links(sources: np.ndarray, mask: np.ndarray, said: np.ndarray) -> Links:
    """Of the tokens (n, S) of sources with mask (n, S) and of sentences (n, L); what is unknown has no part in it."""
    there = mask & (sources != UNKNOWN)
    spoken = said >= len(SPECIAL)
    pair, s, t = np.nonzero(there[:, :, None] & spoken[:, None, :])
    return Links(pair, sources[pair, s], said[pair, t])


def likeliest(links: Links, rounds: int) -> dict[int, int]:
    """By the source's token, the target's token with the highest t(target | source) after so many rounds."""
    width = int(links.target.max(initial=0)) + 1
    kinds, kind = np.unique(links.source * width + links.target, return_inverse=True)
    _, slot = np.unique(links.pair * width + links.target, return_inverse=True)  # who may have given this word
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


def _sources(data: FeatureDataset) -> list[list[str]]:
    """The known words of each source."""
    x = np.asarray(data.x[:])[..., 0].astype(np.int64)
    return [[data.tokens[token] for token in x[n][data.mask[n]] if token != UNKNOWN] for n in range(len(data))]
