"""One sentence for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqpipe.models.sentences.baseline import SentenceBaseline, said_once, sentences_of
from seqpipe.models.sentences.runs import run_vectors
from seqpipe.tasks.sentences import said_of

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset

ASKED = 20
"""Sentences that are tried, at most."""
JUDGED_BY = 300
"""Samples of train that they are tried on, at most, evenly over all."""


class FixedSentence(SentenceBaseline):
    """Of the training sentences the one that is the best answer to all of train, by what the task chooses by.

    Tried are those that are most like all others.
    """

    kind = "fixed_sentence"
    description = "one sentence for all"
    _text = ""

    def learn(self, train: FeatureDataset) -> None:
        references = sentences_of(train).references
        some = train.take(np.unique(np.linspace(0, len(train) - 1, min(JUDGED_BY, len(train))).astype(int)))
        name, better = next(iter(self.task.choose_by.items()))
        sign = 1 if better == "higher" else -1

        def worth(text: str) -> float:
            said = said_of([said_once(text)] * len(some))
            return sign * self.task.judged(some.targets, said).value(name)

        self._text = max(candidates([text for of in references for text in of]), key=worth)

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        return said_of([said_once(self._text)] * len(data))

    def write(self, folder: Path) -> dict[str, Any]:
        return {"text": self._text}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._text = kept["text"]


def candidates(sentences: Sequence[str]) -> list[str]:
    """`ASKED` different ones at most, those first that are most like all; of equals the first."""
    vectors = run_vectors(sentences)
    likeness = np.asarray(vectors @ np.asarray(vectors.mean(axis=0)).T).ravel()
    order = np.argsort(-likeness.round(9), kind="stable")  # rounded: how sums are rounded must not decide
    return list(dict.fromkeys(sentences[row] for row in order.tolist()))[:ASKED]
