"""Parameters of samples that are texts, and of the embedded ones."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seqpipe.config.base import Count, Stage

TextLevel = Literal["auto", "words", "characters", "bpe"]
"""What a token is."""


class TextConfig(Stage):
    """How texts become tokens: `corpus.modality=text`."""

    level: TextLevel = Field(
        description="What a token is: `words` (and marks), `characters`, or `bpe`, the pieces that byte pair encoding "
        "learns of train (needs `pip install 'seqpipe[bpe]'`). `auto`: characters where most texts of train have two "
        "words or fewer, such as names, else words. A column called `tokens` is taken as it is, with blanks between."
    )
    lowercase: bool = Field(description="Read capital letters as small ones.")
    min_count: Count = Field(description="Tokens that occur less often in train are read as unknown.")
    vocabulary: Count = Field(description="Different tokens at most, the most frequent of train; the rest are unknown.")
    max_tokens: Count = Field(description="A longer text is read as far as this many tokens, and said to be.")
    encoding: str | None = Field(
        description="How files of text are encoded (`cp1252`, ...); null: UTF-8, or what a byte order mark says. "
        "Tables are read as all tables are."
    )


class SpokenNumbersConfig(Stage):
    """The embedded pairs of sentences: dates and numbers in words, which become figures in another order."""

    train_pairs: Count = Field(description="Training pairs, each of two dates or numbers.")
    val_pairs: Count = Field(description="Validation pairs, of other dates and numbers.")
    test_pairs: Count = Field(description="Test pairs, of others again.")


class DistantWordsConfig(Stage):
    """The embedded texts: sentences whose last word hangs on a country that was named far back."""

    gaps: list[Annotated[int, Field(ge=0)]] = Field(
        min_length=1,
        description="Words between the countries and the end of the sentence; each as often as the others.",
    )
    train_per_class: Count = Field(description="Training sentences for each of the 2 languages.")
    val_per_class: Count = Field(description="Validation sentences for each language.")
    test_per_class: Count = Field(description="Test sentences for each language.")
