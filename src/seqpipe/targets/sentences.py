"""Sentences a sample: one to many, and many to many out of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from seqpipe.core.fingerprint import Digest
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.base import Columns
from seqpipe.targets.vocabulary import BEGIN, END, Vocabulary


@dataclass(frozen=True, eq=False)
class SentenceTargets:
    """One sentence or several for each of N samples: its references.

    Attributes:
        references: As they lie in the corpus, at least one a sample.
        vocabulary: What a sentence may be made of.
    """

    references: tuple[tuple[str, ...], ...]
    vocabulary: Vocabulary
    kind: ClassVar[str] = "sentences"

    def __len__(self) -> int:
        return len(self.references)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The tokens of the vocabulary."""
        return self.vocabulary.tokens

    @cached_property
    def t(self) -> np.ndarray:
        """(N, R, L) int64: begin, tokens and end of each reference; `UNLABELLED` behind, and where there is none."""
        encoded = [[self.encoded(text) for text in of] for of in self.references]
        most = max(map(len, encoded), default=0)
        longest = max((len(one) for of in encoded for one in of), default=0)
        t = np.full((len(encoded), most, longest), UNLABELLED, np.int64)
        for row, of in enumerate(encoded):
            for number, one in enumerate(of):
                t[row, number, : len(one)] = one
        return t

    def encoded(self, text: str) -> list[int]:
        """The numbers of a sentence from its begin to its end."""
        return [BEGIN, *self.vocabulary.encode(text), END]

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Every reference by itself: the row of its sample (n,), and its tokens (n, L)."""
        rows, number = np.nonzero(self.t[..., 0] != UNLABELLED) if len(self) else (np.zeros(0, np.int64),) * 2
        return rows, self.t[rows, number] if len(self) else np.zeros((0, 0), np.int64)

    def take(self, rows: np.ndarray) -> SentenceTargets:
        chosen = np.arange(len(self))[rows]
        return replace(self, references=tuple(self.references[row] for row in chosen.tolist()))

    def counted(self, mask: np.ndarray) -> np.ndarray:
        return mask

    def flat(self, mask: np.ndarray) -> np.ndarray:
        """Every token of every reference, (n,)."""
        tokens: np.ndarray = self.t[self.t != UNLABELLED]
        return tokens

    def digest(self) -> str:
        digest = Digest([self.kind, asdict(self.vocabulary)])
        digest.add([list(of) for of in self.references])
        return digest.hexdigest()

    def strata(self) -> np.ndarray | None:
        return None

    def columns(self) -> Columns:
        return {"references": [list(of) for of in self.references]}

    def facts(self) -> dict[str, Any]:
        return {"vocabulary": {**asdict(self.vocabulary), "tokens": list(self.vocabulary.tokens)}}

    @classmethod
    def kept(cls, columns: Columns, facts: Mapping[str, Any]) -> Self:
        of = facts["vocabulary"]
        vocabulary = Vocabulary(**{**of, "tokens": tuple(of["tokens"])})
        return cls(tuple(tuple(texts) for texts in columns["references"]), vocabulary)
