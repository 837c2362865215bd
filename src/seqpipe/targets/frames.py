"""A class a step of the sequence: many to many, in step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from seqpipe.media.annotations import BACKGROUND, labels_at
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.base import Columns, digest_of


@dataclass(frozen=True, eq=False)
class FrameTargets:
    """One class for each of the T steps of N samples.

    Attributes:
        t: (N, T) int64 in 0..K-1; -100 where there is no step, or nobody has labelled it.
        class_names: The K classes, sorted, the background among them where something is background.
    """

    t: np.ndarray
    class_names: tuple[str, ...]
    kind: ClassVar[str] = "frames"

    def __len__(self) -> int:
        return len(self.t)

    def take(self, rows: np.ndarray) -> FrameTargets:
        return replace(self, t=self.t[rows])

    def counted(self, mask: np.ndarray) -> np.ndarray:
        return mask & self.labelled

    def flat(self, mask: np.ndarray) -> np.ndarray:
        counted: np.ndarray = self.t[self.counted(mask)]
        return counted

    def digest(self) -> str:
        return digest_of("frame", self.t, self.class_names)

    def strata(self) -> np.ndarray | None:
        return None

    def columns(self) -> Columns:
        return {"t": self.t}

    def facts(self) -> dict[str, Any]:
        return {"class_names": list(self.class_names)}

    @classmethod
    def kept(cls, columns: Columns, facts: Mapping[str, Any]) -> Self:
        return cls(columns["t"], tuple(facts["class_names"]))

    @property
    def labelled(self) -> np.ndarray:
        """(N, T) bool: the steps that count."""
        return self.t != UNLABELLED


def frame_targets(ids: np.ndarray, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame) -> FrameTargets:
    """The class of every step, by the segment that covers its time.

    Args:
        ids: (N,) of the samples.
        times_s: (N, T) each step's time in its video, in seconds.
        mask: (N, T) bool, true where there is a step.
        annotations: ``id``, ``start_s``, ``end_s``, ``label`` and ``gaps``: of each video ``background`` (what no
            segment covers is the class of that name) or ``unlabelled`` (it counts for nothing).
    """
    by_id = dict(tuple(annotations.groupby("id", sort=False)))
    gaps = {id_: str(rows["gaps"].iloc[0]) for id_, rows in by_id.items()}
    names = set(annotations["label"]) - {""} | ({BACKGROUND} if BACKGROUND in gaps.values() else set())
    classes = {name: number for number, name in enumerate(sorted(names))}
    t = np.full(mask.shape, UNLABELLED, np.int64)
    for row, id_ in enumerate(ids):
        outside = classes[BACKGROUND] if gaps[id_] == BACKGROUND else UNLABELLED
        segments = by_id[id_][by_id[id_]["label"] != ""]
        t[row, mask[row]] = labels_at(times_s[row, mask[row]], segments, classes, outside)
    return FrameTargets(t, tuple(classes))
