"""A task: what the targets are to a net, what a batch costs, and how answers come of probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd
from torch import Tensor

from seqpipe.config import ClipConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.metrics.classification import Floats
from seqpipe.targets.base import Targets
from seqpipe.training.selection import Better
from seqpipe.training.step import StepOutput

Per = Literal["clip", "frame", "sentence"]
"""What a model answers: one class a clip, one a step of it, or a sentence."""
Told = Literal["clip", "segments", "next", "sentence"]
"""What is told of a file that is asked about: its class, the stretches of one class, what comes behind its end, or a
sentence."""


TOLD_OF: Mapping[Per, tuple[Told, ...]] = {
    "clip": ("clip",),
    "frame": ("segments", "next"),
    "sentence": ("sentence",),
}
"""What may be told, by what is answered."""


class Task(Protocol):
    """What a model is trained for; it knows neither files nor nets.

    ``name`` is what the task is called everywhere, ``per`` what a model answers, ``told`` what of it a user is told of
    a file. ``choose_by`` are those of the ``val_scores`` by which a search chooses, in their order. A net reads at most
    ``window`` steps at once, ``hop`` from one window to the next; None: a whole clip.
    """

    name: ClassVar[str]
    per: ClassVar[Per]
    told: ClassVar[Told]
    choose_by: ClassVar[Mapping[str, Better]]

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> Self:
        """The task as it was made before, of its ``facts``."""

    @classmethod
    def on(cls, dataset: FeatureDataset, config: Any) -> Self:
        """The task on these data, with the parameters under its name (None where it has none)."""

    @staticmethod
    def sampling(clip: ClipConfig | None, config: Any) -> ClipConfig:
        """How the steps of a sample are taken: as `clip` says, or where the task does not take it (None) as it says."""

    @staticmethod
    def strata(samples: pd.DataFrame) -> Sequence[str] | None:
        """What of each sample the splits keep the shares of, often its class; None: they go by group alone.

        Of None, val may be left without a sample: ``completed`` is asked then.

        Args:
            samples: What was measured of the usable samples, with a label each where the corpus gives one.
        """

    @staticmethod
    def targets(
        samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame | None
    ) -> Targets:
        """What t is.

        Args:
            samples: The samples' table, with a label each where the corpus gives one.
            times_s: (N, T) the time of each step in its sample, in seconds.
            mask: (N, T) bool, true where there is a step.
            annotations: The stretches within the samples (id, start_s, end_s, label, gaps); None where the task reads
                labels alone.
        """

    @staticmethod
    def completed(dataset: FeatureDataset, config: Any, longest: int | None = None) -> FeatureDataset:
        """The dataset as it is learned from: with samples of val, taken out of train where no group can be spared for
        it, and with targets that follow from x itself, where the task has such.

        A sample of ``longest`` steps may go on behind them: more are not read; None: all are.
        """

    @property
    def window(self) -> int | None: ...

    @property
    def hop(self) -> int: ...

    def step_output(self, logits: Tensor, t: Tensor) -> StepOutput:
        """The loss of a batch: logits (B, K) and t (B,) of clips, or (B, T, K) and (B, T) of steps or tokens."""

    def val_scores(self, targets: Targets, proba: Floats) -> dict[str, float]:
        """Scores by name: those of ``choose_by``, and the primary metric of the task's evaluation.

        Here and below, of a task of sentences ``proba`` are (N,) of what is said (`seqpipe.tasks.sentences.Said`).
        """

    def tuned(self, targets: Targets, predict: Callable[[], Floats]) -> Self:
        """The same task, with whatever it does to finished probabilities chosen on val; often nothing.

        ``predict`` gives the probabilities of val, and is not asked where there is nothing to choose.
        """

    def answers(self, proba: Floats) -> np.ndarray:
        """Class indices from probabilities: (N,) or (N, T), -1 where there is no step; of sentences (N,) of str."""

    def facts(self) -> dict[str, Any]:
        """What it was made of, as JSON can hold it: ``again`` makes it of these."""


@runtime_checkable
class InParts(Protocol):
    """What a `Task` has beside, where its classes are so many that a part of the samples is answered at a time."""

    def combined(self, scores: Sequence[Mapping[str, float]], targets: Sequence[Targets]) -> dict[str, float]:
        """The ``val_scores`` of all samples, from those of each part and its targets."""
