"""One sentence for all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqpipe.models.sentences.baseline import SentenceBaseline, said_once, sentences_of
from seqpipe.tasks.sentences import said_of

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset

ASKED = 200
"""Sentences that are tried, at most: the commonest, then others evenly over train."""
JUDGED_BY = 300
"""Samples of train that they are tried on, at most, evenly over all."""


class FixedSentence(SentenceBaseline):
    """Of the training sentences the one that is the best answer to all of train, by what the task chooses by."""

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

        self._text = max(_candidates([text for of in references for text in of]), key=worth)

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        return said_of([said_once(self._text)] * len(data))

    def write(self, folder: Path) -> dict[str, Any]:
        return {"text": self._text}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._text = kept["text"]


def _candidates(sentences: list[str]) -> list[str]:
    common = [text for text, count in Counter(sentences).most_common(ASKED // 2) if count > 1]
    others = list(dict.fromkeys(sentences))
    spread = [others[row] for row in np.linspace(0, len(others) - 1, min(ASKED, len(others))).astype(int)]
    return list(dict.fromkeys([*common, *spread]))[:ASKED]
