"""A class a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from seqpipe.targets.base import Columns, digest_of


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

    def columns(self) -> Columns:
        words = np.array(self.class_names, object)
        return {"label": words[self.t] if len(self.t) else words[:0], "t": self.t}

    def facts(self) -> dict[str, Any]:
        return {"class_names": list(self.class_names)}

    @classmethod
    def kept(cls, columns: Columns, facts: Mapping[str, Any]) -> Self:
        return cls(columns["t"], tuple(facts["class_names"]))
