"""A class a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from seqpipe.targets.base import digest_of


@dataclass(frozen=True, eq=False)
class ClassTargets:
    """One class for each of N samples.

    Attributes:
        t: (N,) int64 in 0..K-1.
        class_names: The K classes, sorted.
    """

    t: np.ndarray
    class_names: tuple[str, ...]
    kind: ClassVar[str] = "classes"

    @classmethod
    def of(cls, labels: Sequence[str]) -> Self:
        """From each sample's label; the classes are those that occur."""
        names = tuple(sorted(set(labels)))
        number = {name: index for index, name in enumerate(names)}
        return cls(np.array([number[label] for label in labels], np.int64), names)

    def __len__(self) -> int:
        return len(self.t)

    def take(self, rows: np.ndarray) -> ClassTargets:
        return replace(self, t=self.t[rows])

    def counted(self, mask: np.ndarray) -> np.ndarray:
        return mask

    def flat(self, mask: np.ndarray) -> np.ndarray:
        return self.t

    def digest(self) -> str:
        return digest_of("class", self.t, self.class_names)

    def strata(self) -> np.ndarray | None:
        return self.t
