"""What models of sentences have in common that train no net: they say one sentence, and know no probability."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from seqpipe.runtime.devices import answering_threads
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.tasks.sentences import Beam, Said, Sentences

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig, SearchedConfig
    from seqpipe.data.dataset import FeatureDataset


class SentenceBaseline:
    """A model of sentences without a net."""

    kind: ClassVar[str]
    reads_order = False
    parameters = 0

    def __init__(self, config: SearchedConfig, runtime: RuntimeConfig, task: Sentences) -> None:
        self.config: Any = config
        self.task, self._runtime = task, runtime
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = "cpu"
        self.threads = answering_threads(runtime)

    def fit(self, train: FeatureDataset, val: FeatureDataset | None, checkpoint: Path | None = None) -> None:
        self.class_names = train.class_names
        self.learn(train)

    def learn(self, train: FeatureDataset) -> None:
        """Takes from train what it says later."""
        raise NotImplementedError

    def refit(self, both: FeatureDataset) -> None:
        self.learn(both)


def sentences_of(data: FeatureDataset) -> SentenceTargets:
    """The references of D'."""
    assert isinstance(data.targets, SentenceTargets), "of a task of sentences"
    return data.targets


def said_once(text: str) -> Said:
    """One sentence, of which no probability is known."""
    return Said((Beam(text, tuple(text.split())),))
