"""Byte pair encoding (Sennrich et al., ACL 2016): pieces of words that are learned of texts, by sentencepiece."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from seqpipe.core.errors import UserError

COVERAGE = 0.9995
"""Of the characters of train; what is rarer than that is in no piece."""
LONGEST_BYTES = 2**26
"""Of a text: sentencepiece passes over longer ones, and no file that is read is as long."""


def learn_pieces(texts: Sequence[str], count: int) -> str:
    """The model of at most ``count`` pieces of these texts, as base64; the same texts give the same.

    Raises:
        UserError: sentencepiece is not installed, or there are more characters than pieces.
    """
    model = io.BytesIO()
    try:
        _sentencepiece().SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type="bpe",
            vocab_size=count,
            hard_vocab_limit=False,
            character_coverage=COVERAGE,
            max_sentence_length=LONGEST_BYTES,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise UserError(
            f"No {count} pieces can be learned of these texts ({' '.join(str(error).split())[-120:]}): give another "
            "text.vocabulary (of what is said: vocabulary.size), larger where the texts have many different "
            "characters, or level=characters."
        ) from error
    return base64.b64encode(model.getvalue()).decode("ascii")


def pieces_of(model: str, text: str) -> list[str]:
    """The pieces of a text by a model that ``learn_pieces`` gave; ``▁`` begins a word.

    Raises:
        UserError: sentencepiece is not installed.
    """
    pieces: list[str] = _processor(model).encode(text, out_type=str)
    return pieces


@lru_cache(maxsize=2)
def _processor(model: str) -> Any:
    processor = _sentencepiece().SentencePieceProcessor()
    processor.LoadFromSerializedProto(base64.b64decode(model))
    return processor


def _sentencepiece() -> Any:
    try:
        import sentencepiece
    except ImportError as error:
        raise UserError(
            "level=bpe needs sentencepiece: pip install 'seqpipe[bpe]', or give level=words or characters."
        ) from error
    return sentencepiece
