"""The kinds of sentences that are judged: how each is read, and which scores are usual of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from seqpipe.metrics.sentences.bleu import Smoothing
from seqpipe.metrics.sentences.exact import plain
from seqpipe.metrics.sentences.tokens import (
    CAPTION_WORDS,
    TRANSLATION_WORDS,
    caption_text,
    caption_words,
    translation_words,
)

Kind = Literal["captions", "translation"]


@dataclass(frozen=True)
class Flavour:
    """How one kind of sentences is read, and which scores are usual of it.

    Attributes:
        words_of: a text to the words that are compared.
        text_of: a text to what is compared where its characters count (``chrf``).
        tokenisation, case: the names of these in signatures.
        texts_of_words: the tokenisation by which ``text_of`` takes texts apart; None: they stand as they are.
        smoothing: of BLEU.
        names: the scores, in the order in which they are told.
    """

    words_of: Callable[[str], list[str]]
    text_of: Callable[[str], str]
    tokenisation: str
    case: Literal["lc", "mixed"]
    texts_of_words: str | None
    smoothing: Smoothing
    names: tuple[str, ...]

    def compared(self, text: str) -> str:
        """What must be equal in an exact match: the words, however they are set apart."""
        return " ".join(self.words_of(text))


_BLEU = ("bleu_1", "bleu_2", "bleu_3", "bleu_4")
FLAVOURS: dict[Kind, Flavour] = {
    "captions": Flavour(
        caption_words,
        caption_text,
        CAPTION_WORDS,
        "lc",
        CAPTION_WORDS,
        "none",
        (*_BLEU, "rouge_l", "cider", "chrf", "wer", "exact"),
    ),
    "translation": Flavour(
        translation_words,
        plain,
        TRANSLATION_WORDS,
        "mixed",
        None,
        "exp",
        (*_BLEU, "chrf", "wer", "exact"),
    ),
}
