"""Sentences of the nearest samples of train, by the cosine of their mean vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from safetensors.numpy import load_file, save_file

from seqpipe.data.memmap import slices_of
from seqpipe.models.base import pool_time
from seqpipe.models.checks import learnable
from seqpipe.models.sentences.baseline import SentenceBaseline, said_once, sentences_of
from seqpipe.models.sentences.runs import run_vectors
from seqpipe.tasks.sentences import said_of

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset

VECTORS = "vectors.safetensors"
ASKED_AT_ONCE = 256
"""Samples that are held against all of train at a time."""


class Neighbours(SentenceBaseline):
    """What has the training samples at hand: a unit vector each, of features centred by their mean, and sentences."""

    def learn(self, train: FeatureDataset) -> None:
        (pooled,) = learnable([self._pooled(train)])
        self._mean = pooled.mean(axis=0)
        self._vectors = _unit(pooled - self._mean)
        self._sentences = [list(of) for of in sentences_of(train).references]

    def nearest(self, data: FeatureDataset, count: int) -> np.ndarray:
        """(N, count) rows of train, the nearest first; of equals the first."""
        vectors = _unit(self._pooled(data) - self._mean)
        starts = range(0, max(len(vectors), 1), ASKED_AT_ONCE)
        each = [vectors[start : start + ASKED_AT_ONCE] @ self._vectors.T for start in starts]
        return np.concatenate([np.argsort(-likeness, axis=1, kind="stable")[:, :count] for likeness in each])

    def write(self, folder: Path) -> dict[str, Any]:
        save_file({"mean": self._mean, "vectors": self._vectors}, folder / VECTORS)
        return {"sentences": self._sentences}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        tensors = load_file(folder / VECTORS)
        self._mean, self._vectors, self._sentences = tensors["mean"], tensors["vectors"], kept["sentences"]

    def _pooled(self, data: FeatureDataset) -> np.ndarray:
        """(N, D) float32: the mean over steps and places."""
        places, width = self.task.places, data.x.shape[2] // self.task.places
        parts = []
        for rows in slices_of(data.x):
            x = np.asarray(data.x[rows], np.float32)
            parts.append(pool_time(x, data.mask[rows], "mean").reshape(len(x), places, width).mean(axis=1))
        return np.concatenate(parts).astype(np.float32)


class NearestNeighbour(Neighbours):
    """The first sentence of the nearest sample."""

    kind: ClassVar[str] = "nearest_neighbour"
    description = "the first sentence of the nearest training sample"

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        return said_of([said_once(self._sentences[row][0]) for row in self.nearest(data, 1)[:, 0].tolist()])


class Consensus(Neighbours):
    """Of the sentences of the nearest samples the one that is most like the others.

    Devlin et al. (Exploring nearest neighbor approaches for image captioning, 2015); how alike two are, `run_vectors`
    say.
    """

    kind: ClassVar[str] = "consensus"
    description = "what the sentences of the nearest training samples agree on"

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        texts = [text for of in self._sentences for text in of]
        ends = np.cumsum([len(of) for of in self._sentences])
        words = run_vectors(texts)
        said = []
        for near in self.nearest(data, self.config.neighbours):
            rows = np.concatenate([np.arange(ends[row] - len(self._sentences[row]), ends[row]) for row in near])
            agreed = np.asarray((words[rows] @ words[rows].T).sum(axis=1)).ravel()
            # Rounded: the order in which equal scores are summed up must not decide; of equals the nearer's is said.
            said.append(said_once(texts[rows[int(agreed.round(9).argmax())]]))
        return said_of(said)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = vectors / np.where(length > 0, length, 1.0)
    return unit.astype(np.float32)
