"""Many to many, in step: a class for each step of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipConfig, FrameLabelsConfig, StreamConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.val_from_ends import with_val_from_ends
from seqpipe.metrics.classification import Floats, probabilities, split_scores
from seqpipe.metrics.segments import UNLABELLED, segment_scores
from seqpipe.targets.base import Targets
from seqpipe.targets.frames import frame_targets
from seqpipe.tasks.base import Per, Told
from seqpipe.tasks.smoothing import median_smoothed, smoothing_loss
from seqpipe.training.selection import BY_CLASSES, Better
from seqpipe.training.step import StepOutput

# More steps than any sample within corpus.max_seconds has, and a rate above any sample's own.
ALL_STEPS, FASTEST_FPS = 10**7, 1000.0


@dataclass(frozen=True)
class FrameLabels:
    """A class a step; cross-entropy over the labelled steps, and a loss against over-segmentation.

    Attributes:
        smoothing: Weight of the smoothing loss; 0: none (MS-TCN takes 0.15).
        window: Steps of the windows that a net reads at once.
        hop: From one window to the next.
        background: Classes that are no segments.
        medians: Widths in steps (odd) of a median over finished probabilities, of which val chooses one.
        median: The one that was chosen.
    """

    smoothing: float
    window: int
    hop: int
    background: tuple[str, ...]
    medians: tuple[int, ...]
    median: int = 1

    name: ClassVar[str] = "frame_labels"
    per: ClassVar[Per] = "frame"
    told: ClassVar[Told] = "segments"
    choose_by: ClassVar[Mapping[str, Better]] = BY_CLASSES

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> FrameLabels:
        return cls(**{**facts, **{name: tuple(facts[name]) for name in ("background", "medians")}})

    @classmethod
    def on(cls, dataset: FeatureDataset, config: FrameLabelsConfig) -> FrameLabels:
        """Seconds become steps at the rate of the data."""
        rate = dataset.steps_a_second
        window = max(2, round(config.window_s * rate))
        return cls(
            smoothing=config.smoothing,
            window=window,
            hop=max(1, round(window * (1.0 - config.overlap))),
            background=tuple(config.background),
            medians=tuple(sorted({2 * round(seconds * rate / 2) + 1 for seconds in config.median_s})),
        )

    @staticmethod
    def sampling(clip: ClipConfig | None, config: FrameLabelsConfig) -> ClipConfig:
        """Every step of a sample at the rate of the task, or at its own."""
        read = {name: getattr(config, name) for name in StreamConfig.model_fields}
        return ClipConfig(sampling="fps", frames=ALL_STEPS, fps=config.fps or FASTEST_FPS, stride=1, **read)

    @staticmethod
    def strata(samples: pd.DataFrame) -> Sequence[str] | None:
        return None

    @staticmethod
    def targets(
        samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame | None
    ) -> Targets:
        assert annotations is not None, "the registry says that this task reads annotations"
        return frame_targets(samples["id"].to_numpy(), times_s, mask, annotations)

    @staticmethod
    def completed(dataset: FeatureDataset, config: FrameLabelsConfig, longest: int | None = None) -> FeatureDataset:
        has_val = bool((dataset.splits == "val").any())
        return dataset if has_val else with_val_from_ends(dataset, config.val_share)

    def step_output(self, logits: Tensor, t: Tensor) -> StepOutput:
        counted = t != UNLABELLED
        n = int(counted.sum())
        loss = cross_entropy(logits.flatten(0, 1), t.flatten(), ignore_index=UNLABELLED, reduction="sum") / max(n, 1)
        if self.smoothing:
            loss = loss + self.smoothing * smoothing_loss(logits, counted)
        return StepOutput(loss, ((logits.argmax(-1) == t) & counted).sum(), n)

    def val_scores(self, targets: Targets, proba: Floats) -> dict[str, float]:
        """Over all labelled steps, as if they were of one sequence."""
        counted = targets.t != UNLABELLED
        p = proba[counted]
        return split_scores(targets.t[counted], probabilities(p, n=len(p), k=len(targets.class_names)))

    def tuned(self, targets: Targets, predict: Callable[[], Floats]) -> FrameLabels:
        """With the median that is best on val: the mean of frame accuracy and F1@50 over its videos."""
        candidates = [replace(self, median=width) for width in self.medians]
        if len(candidates) == 1:
            return candidates[0]
        proba = predict()
        return max(candidates, key=lambda task: round(task._val_segmentation(targets, proba), 9))

    def _val_segmentation(self, targets: Targets, proba: Floats) -> float:
        nothing = [k for k, name in enumerate(targets.class_names) if name in self.background]
        rows = zip(targets.t, self.answers(proba), strict=True)
        scores = [segment_scores(t, answer, nothing) for t, answer in rows if (t != UNLABELLED).any()]
        return float(np.mean([(one["frame_accuracy"] + one["f1_50"]) / 2 for one in scores])) if scores else 0.0

    def answers(self, proba: Floats) -> np.ndarray:
        answers = np.full(proba.shape[:2], -1, np.int64)
        for row, p in enumerate(proba):
            real = ~np.isnan(p[:, 0])
            answers[row, real] = median_smoothed(p[real], self.median).argmax(axis=1)
        return answers

    def facts(self) -> dict[str, Any]:
        return asdict(self)
