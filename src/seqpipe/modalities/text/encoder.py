"""From texts to the numbers of their tokens, by a vocabulary that train alone decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import copy
from statistics import median
from typing import Any, Self

import numpy as np

from seqpipe.config import TextConfig
from seqpipe.core.errors import UserError
from seqpipe.media.tokens.pieces import learn_pieces, pieces_of
from seqpipe.media.tokens.tokenise import between_blanks, characters, normal, words
from seqpipe.modalities.text.reading import SampleText, read_sample

UNKNOWN = "<unknown>"
RESERVED = {UNKNOWN, "<end>"}
"""What stands for other things than itself: a text that has it is read as if it were unknown."""
BLANKS = "blanks"
"""The level of texts that are tokens already: what is answered later is split as these are."""
WORDS_OF_NAMES = 2
"""Texts of so many words are names rather than sentences: their letters tell more than they do."""


class TextEncoder:
    """Tokens (L, 1): the place of each in the vocabulary, 0 for what is not in it.

    The vocabulary holds the tokens that occur often enough in train, the most frequent first, of equals by the
    alphabet.
    """

    modality = "text"
    version = 1

    def __init__(self, config: TextConfig) -> None:
        self._config = config
        self.parameters: dict[str, Any] = config.model_dump(mode="json")
        self.learned: dict[str, Any] = {}
        self._places: dict[str, int] = {}

    @property
    def name(self) -> str:
        level = self.learned.get("level", self._config.level)
        return f"{level} as tokens, {len(self.tokens)} different ones" if self.learned else f"{level} as tokens"

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.learned.get("tokens", (UNKNOWN,)))

    @property
    def longest(self) -> int:
        return self._config.max_tokens

    def learn(self, train: Sequence[tuple[str, str]]) -> Self:
        texts = [self.read(path) for path, _ in train]
        level = self._level(texts)
        pieces = {}
        if level == "bpe":
            pieces = {"pieces": learn_pieces([of.text for of in texts], self._config.vocabulary)}
        counts = Counter(token for of in texts for token in _tokens(of, level, pieces.get("pieces")))
        often = {token: n for token, n in counts.items() if n >= self._config.min_count and token not in RESERVED}
        if not often:
            raise UserError(
                f"No token occurs {self._config.min_count} times in the training texts, so that there is no "
                "vocabulary: give a lower text.min_count, text.level=characters, or more texts."
            )
        frequent = sorted(often, key=lambda token: (-often[token], token))[: self._config.vocabulary]
        return self.with_learned({"level": level, "tokens": [UNKNOWN, *frequent], **pieces})

    def with_learned(self, learned: dict[str, Any]) -> Self:
        other = copy(self)
        other.learned = learned
        other._places = {token: place for place, token in enumerate(learned["tokens"])}
        return other

    def read(self, path: str) -> SampleText:
        """The normal text of a sample; raises InvalidSample and OSError."""
        found = read_sample(path, self._config.encoding)
        return found._replace(text=normal(found.text, self._config.lowercase))

    def split(self, path: str) -> list[str]:
        """The tokens of a sample, as far as they are read."""
        found = _tokens(self.read(path), self.learned["level"], self.learned.get("pieces"))
        return found[: self.longest]

    def steps(self, path: str, kind: str) -> int:
        """How many tokens a sample has."""
        return len(self.split(path))

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        places = [self._places.get(token, 0) for token in self.split(path)]
        return np.array(places, np.float32)[:, None]

    def _level(self, texts: Sequence[SampleText]) -> str:
        if 2 * sum(of.of_tokens for of in texts) > len(texts):
            return BLANKS
        if self._config.level != "auto":
            return self._config.level
        counts = [len(between_blanks(of.text)) for of in texts]
        return "characters" if counts and median(counts) <= WORDS_OF_NAMES else "words"


def _tokens(of: SampleText, level: str, pieces: str | None) -> list[str]:
    if of.of_tokens or level == BLANKS:
        return between_blanks(of.text)
    if pieces is not None:
        return pieces_of(pieces, of.text)
    return characters(of.text) if level == "characters" else words(of.text)
