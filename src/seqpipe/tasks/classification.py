"""Many to one: a class for each clip, or for each image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.metrics.classification import Floats, probabilities, split_scores
from seqpipe.targets.base import Targets
from seqpipe.targets.classes import ClassTargets
from seqpipe.tasks.base import Per, Told
from seqpipe.training.selection import BY_CLASSES, Better
from seqpipe.training.step import StepOutput


@dataclass(frozen=True)
class Classification:
    """A class a clip; mean cross-entropy, the most probable class."""

    name: ClassVar[str] = "classification"
    per: ClassVar[Per] = "clip"
    told: ClassVar[Told] = "clip"
    window: ClassVar[None] = None
    hop: ClassVar[int] = 1
    choose_by: ClassVar[Mapping[str, Better]] = BY_CLASSES

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> Self:
        return cls(**facts)

    @classmethod
    def on(cls, dataset: FeatureDataset, config: Any) -> Self:
        return cls()

    @staticmethod
    def sampling(clip: ClipConfig | None, config: Any) -> ClipConfig:
        assert clip is not None, "the registry says that this task takes it"
        return clip

    @staticmethod
    def strata(samples: pd.DataFrame) -> Sequence[str] | None:
        return list(samples["label"])

    @staticmethod
    def targets(
        samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame | None
    ) -> Targets:
        return ClassTargets.of(list(samples["label"]))

    @staticmethod
    def completed(dataset: FeatureDataset, config: Any, longest: int | None = None) -> FeatureDataset:
        return dataset

    def step_output(self, logits: Tensor, t: Tensor) -> StepOutput:
        return StepOutput(cross_entropy(logits, t), (logits.argmax(1) == t).sum(), len(t))

    def val_scores(self, targets: Targets, proba: Floats) -> dict[str, float]:
        return split_scores(targets.t, probabilities(proba, n=len(targets), k=len(targets.class_names)))

    def tuned(self, targets: Targets, predict: Callable[[], Floats]) -> Self:
        return self

    def answers(self, proba: Floats) -> np.ndarray:
        return proba.argmax(axis=1)

    def facts(self) -> dict[str, Any]:
        return {}


CLASSIFICATION = Classification()
