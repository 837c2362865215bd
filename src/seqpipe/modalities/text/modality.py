"""Texts as a modality: which files and cells are samples, and what makes tokens of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from seqpipe.config import CorpusConfig, TextConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts, FileTypes
from seqpipe.media.tokens.tokenise import between_blanks, words
from seqpipe.modalities.base import READ, WEIGHTS, Drawing
from seqpipe.modalities.text.drawn import text_drawing
from seqpipe.modalities.text.encoder import TextEncoder
from seqpipe.modalities.text.reading import TOKENS

CUT = "longer than text.max_tokens, read as far as that"


@dataclass(frozen=True)
class TextFacts(Facts):
    """What is measured of a text; ``characters`` in normal form. A step is a word, and lasts a second."""

    characters: int


class Text:
    """Texts that become tokens."""

    files = FileTypes(
        {".txt": "text", ".md": "text"},
        "texts",
        containers=frozenset((".csv", ".tsv", ".parquet")),
        cells=("text", TOKENS, "sentence", "review", "content", "body", "utterance"),
    )
    columns: ClassVar[tuple[str, ...]] = ("characters",)
    version = 1

    def __init__(self, config: TextConfig) -> None:
        self._config, self.encoder = config, TextEncoder(config)

    def drawing(self, sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
        """The tokens that the model has read, shaded by what each did for its answer; without it the words."""
        if len(sample.get(READ, ())):
            return text_drawing(sample[READ], sample[WEIGHTS])
        found = words(self.encoder.read(str(sample["path"])).text)
        return text_drawing(found, [0.0] * len(found))

    def measure(self, path: str, kind: str, corpus: CorpusConfig) -> TextFacts:
        found = self.encoder.read(path)
        length = len(between_blanks(found.text) if found.of_tokens else words(found.text))
        if not length:
            raise InvalidSample("empty_text", "There is no word, number or mark in it.")
        letters = self._config.level == "characters" and not found.of_tokens
        remark = CUT if (len(found.text) if letters else length) > self._config.max_tokens else ""
        return TextFacts(length, 1.0, float(length), remark=remark, characters=len(found.text))
