"""What t is: the targets of N samples, whatever the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, TypeAlias

import numpy as np

from seqpipe.core.fingerprint import Digest

Columns: TypeAlias = Mapping[str, Any]
"""What is kept of each sample, by name: arrays of numbers (N,) or (N, T) or of words (N,), or lists of words."""


class Targets(Protocol):
    """The targets of N samples, row by row with the inputs of a feature dataset.

    ``class_names`` are the K classes that an answer is one of, or is made of; ``kind`` is what the targets are called
    on disk, and ``t`` holds the class indices, a row a sample.
    """

    @property
    def kind(self) -> str: ...

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def t(self) -> np.ndarray: ...

    def __len__(self) -> int: ...

    def take(self, rows: np.ndarray) -> Self:
        """Those of some samples, by their indices or a mask; the classes stay those of the whole."""

    def counted(self, mask: np.ndarray) -> np.ndarray:
        """(N, T) bool: of the steps that are there, those that a model may learn from."""

    def flat(self, mask: np.ndarray) -> np.ndarray:
        """The class of each vector that a model of vectors is given: (N,) of clips, or (n,) of the counted steps."""

    def digest(self) -> str:
        """Of every target and name."""

    def strata(self) -> np.ndarray | None:
        """(N,) what a split keeps in proportion; None: nothing, samples are split by group alone."""

    def columns(self) -> Columns:
        """What a file keeps of each sample."""

    def facts(self) -> dict[str, Any]:
        """What it keeps of all of them, as JSON can hold it."""

    @classmethod
    def kept(cls, columns: Columns, facts: Mapping[str, Any]) -> Self:
        """The targets that gave these ``columns`` and ``facts``."""


def digest_of(kind: str, values: np.ndarray, names: Sequence[str]) -> str:
    """One digest of an array and its names; ``kind`` keeps apart targets that hold the same numbers."""
    digest = Digest([kind, list(names)])
    digest.add_array("t", values.dtype, values.shape, [values])
    return digest.hexdigest()
