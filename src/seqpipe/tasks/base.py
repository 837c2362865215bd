"""A task: what the targets are to a net, what a batch costs, and how answers come of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from torch import Tensor

from seqpipe.metrics.classification import Floats
from seqpipe.targets.base import Targets
from seqpipe.training.step import Outcome

Per = Literal["clip", "frame"]
"""What a model answers: one class a clip, or one a step of it."""


class Task(Protocol):
    """What a model is trained for; it knows neither files nor nets.

    ``name`` is what the task is called everywhere, ``per`` what a model answers. A net reads at most ``window`` steps
    at once, ``hop`` from one window to the next; None: a whole clip.
    """

    name: ClassVar[str]
    per: ClassVar[Per]

    @property
    def window(self) -> int | None: ...

    @property
    def hop(self) -> int: ...

    def outcome(self, logits: Tensor, t: Tensor) -> Outcome:
        """The loss of a batch: logits (B, K) and t (B,) of clips, or (B, T, K) and (B, T) of steps."""

    def val_scores(self, targets: Targets, proba: Floats) -> dict[str, float]:
        """``accuracy``, ``macro_f1`` and ``log_loss``: by the second, then the third, a search chooses."""

    def tuned(self, targets: Targets, predict: Callable[[], Floats]) -> Self:
        """The same task, with whatever it does to finished probabilities chosen on val; often nothing.

        ``predict`` gives the probabilities of val, and is not asked where there is nothing to choose.
        """

    def answers(self, proba: Floats) -> np.ndarray:
        """Class indices from probabilities: (N,) or (N, T), -1 where there is no step."""

    def facts(self) -> dict[str, Any]:
        """What it was made of, as JSON can hold it: ``task_of(name, facts)`` makes it again."""
