"""What t is: the targets of N samples, whatever the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from torch import Tensor

from seqpipe.core.fingerprint import Digest


class Targets(Protocol):
    """The targets of N samples, row by row with the inputs of a feature dataset.

    ``class_names`` are the K classes that an answer is one of.
    """

    class_names: tuple[str, ...]

    def __len__(self) -> int: ...

    def take(self, rows: np.ndarray) -> Self:
        """Those of some samples, by their indices or a mask; the classes stay those of the whole."""

    def batch(self, rows: Tensor) -> Tensor:
        """What a loss reads of these samples: (B,) a class each, or (B, T) a class a step, -100 where none counts."""

    def digest(self) -> str:
        """Of every target and name."""

    def strata(self) -> np.ndarray | None:
        """(N,) what a split keeps in proportion; None: nothing, samples are split by group alone."""


def digest_of(kind: str, values: np.ndarray, names: Sequence[str]) -> str:
    """One digest of an array and its names; ``kind`` keeps apart targets that hold the same numbers."""
    digest = Digest([kind, list(names)])
    digest.add_array("t", values.dtype, values.shape, [values])
    return digest.hexdigest()
