"""Between sentences and the numbers of their tokens, by a vocabulary that train alone decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from seqpipe.core.errors import UserError
from seqpipe.media.tokens.pieces import learn_pieces, pieces_of
from seqpipe.media.tokens.tokenise import characters, normal, words

Level = Literal["words", "characters", "bpe"]
UNKNOWN, BEGIN, END = 0, 1, 2
SPECIAL = ("<unknown>", "<begin>", "<end>")
"""The first tokens of every vocabulary: what stands for all that is not in it, and where a sentence begins and ends."""
PIECE_BLANK = "\u2581"
"""What stands for a blank within the pieces of sentencepiece."""
CLOSING = re.compile(r" ([.,;:!?%)\]}»…]|n't\b|'\w+\b)")
OPENING = re.compile(r"([(\[{«¿¡]) ")
"""Marks that stand against the word before them, and against the one behind."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens that a sentence may be made of.

    Attributes:
        level: What a token is.
        lowercase: Whether capital letters are read as small ones.
        tokens: `SPECIAL`, then those of train, the most frequent first, of equals by the alphabet.
        pieces: Of ``bpe`` the model of sentencepiece, as `learn_pieces` gives it.
    """

    level: Level
    lowercase: bool
    tokens: tuple[str, ...]
    pieces: str | None = None

    @classmethod
    def learned(cls, sentences: Sequence[str], level: Level, lowercase: bool, min_count: int, size: int) -> Vocabulary:
        """That of the training sentences: of tokens that occur ``min_count`` times the ``size`` most frequent.

        Raises:
            UserError: No token occurs so often; or of ``bpe``, as `learn_pieces`.
        """
        texts = [normal(text, lowercase) for text in sentences]
        pieces = learn_pieces(texts, size) if level == "bpe" else None
        bare = cls(level, lowercase, SPECIAL, pieces)
        counts = Counter(token for text in sentences for token in bare.split(text))
        often = {token: n for token, n in counts.items() if n >= min_count and token not in SPECIAL}
        if not often:
            raise UserError(
                f"No token occurs {min_count} times in the training sentences, so that there is no vocabulary: give a "
                "lower vocabulary.min_count, vocabulary.level=characters, or more sentences."
            )
        frequent = sorted(often, key=lambda token: (-often[token], token))[:size]
        return cls(level, lowercase, (*SPECIAL, *frequent), pieces)

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, sentence: str) -> list[str]:
        """The tokens of a sentence, known or not."""
        text = normal(sentence, self.lowercase)
        if self.pieces is not None:
            return pieces_of(self.pieces, text)
        return characters(text) if self.level == "characters" else words(text)

    def encode(self, sentence: str) -> list[int]:
        """The numbers of its tokens, without begin and end; `UNKNOWN` for what is not in the vocabulary."""
        return [self._places.get(token, UNKNOWN) for token in self.split(sentence)]

    def decode(self, tokens: Iterable[int]) -> str:
        """The sentence that these numbers stand for, as it is written: no blank before a comma."""
        return written([self.tokens[token] for token in tokens if token not in (BEGIN, END)], self.level)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {token: place for place, token in enumerate(self.tokens)}


def written(tokens: Iterable[str], level: Level) -> str:
    """The sentence that these tokens make."""
    if level == "words":
        return OPENING.sub(r"\1", CLOSING.sub(r"\1", " ".join(tokens)))
    together = "".join(tokens)
    return together.replace(PIECE_BLANK, " ").strip() if level == "bpe" else together


def level_of(tokens: Sequence[str]) -> Level:
    """What tokens are that somebody else has made: pieces mark their blanks, characters are one each, else words."""
    if any(PIECE_BLANK in token for token in tokens):
        return "bpe"
    return "characters" if all(len(token) == 1 for token in tokens) else "words"
