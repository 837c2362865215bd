"""What a model is trained on and asked: samples with targets, whatever is read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, Self

import numpy as np

from seqpipe.core.lineage import Lineage
from seqpipe.targets.base import Targets


class Dataset(Protocol):
    """N samples: the features of D' (`FeatureDataset`), or cached frames (`FrameDataset`).

    ``what`` is what a sentence calls it, ``ids``, ``groups`` and ``splits`` are (N,) of str, ``t`` has the class
    indices, a row a sample.
    """

    what: ClassVar[str]

    @property
    def targets(self) -> Targets: ...

    @property
    def ids(self) -> np.ndarray: ...

    @property
    def groups(self) -> np.ndarray: ...

    @property
    def splits(self) -> np.ndarray: ...

    @property
    def lineage(self) -> Lineage: ...

    @property
    def t(self) -> np.ndarray: ...

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def digest(self) -> str:
        """Of all that decides what is learned from it."""

    def __len__(self) -> int: ...

    def part(self, *splits: str) -> Self:
        """The samples of these splits; the classes stay those of the whole."""

    def take(self, samples: np.ndarray) -> Self:
        """Some of the samples, by their indices."""

    def backwards(self) -> Iterator[Self]:
        """The same samples, some at a time in their order, with the frames of each from last to first."""

    def flat_t(self) -> np.ndarray:
        """The class of each example that a model may learn from: of samples, or of their labelled steps."""

    def clip_times_s(self) -> Mapping[str, Sequence[float] | np.ndarray]:
        """The times of each sample's frames in seconds, by its id."""
