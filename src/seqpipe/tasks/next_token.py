"""Language modelling, many to many in step: at each token of a text the one that comes next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipConfig, NextTokenConfig
from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.metrics.classification import Floats
from seqpipe.metrics.language import combined_scores, next_token_scores
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.base import Targets
from seqpipe.targets.frames import FrameTargets
from seqpipe.tasks.base import Per, Told
from seqpipe.training.selection import Better
from seqpipe.training.step import StepOutput

logger = logging.getLogger(__name__)

END = "<end>"
"""What comes behind the last token."""
ALL_STEPS = 10**7


@dataclass(frozen=True)
class NextToken:
    """p(x_i+1 | x_1 .. x_i) for each token of a text; mean cross-entropy over tokens.

    Attributes:
        window: Tokens that a net reads at once.
    """

    window: int

    name: ClassVar[str] = "next_token"
    per: ClassVar[Per] = "frame"
    told: ClassVar[Told] = "next"
    choose_by: ClassVar[Mapping[str, Better]] = {"perplexity": "lower"}

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> NextToken:
        return cls(**facts)

    @classmethod
    def on(cls, dataset: FeatureDataset, config: NextTokenConfig) -> NextToken:
        return cls(config.window)

    @staticmethod
    def sampling(clip: ClipConfig | None, config: NextTokenConfig) -> ClipConfig:
        """Every token; what is said of pictures decides nothing here."""
        return ClipConfig(stream="rgb", flow_side=32, sampling="all", frames=ALL_STEPS, fps=1.0, stride=1)

    @staticmethod
    def strata(samples: pd.DataFrame) -> Sequence[str] | None:
        return None

    @staticmethod
    def targets(
        samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame | None
    ) -> Targets:
        """None yet: they follow from the tokens, see ``completed``."""
        return FrameTargets(np.full(mask.shape, UNLABELLED, np.int64), ())

    @staticmethod
    def completed(dataset: FeatureDataset, config: NextTokenConfig, longest: int | None = None) -> FeatureDataset:
        """The token behind each token; behind the last one ``END``, but of a text that may go on nothing is known.

        Raises:
            UserError: D' does not hold tokens, or only texts of one token that may go on.
        """
        if not dataset.tokens:
            raise UserError("The task next_token reads texts, and D' holds vectors: give a corpus of texts.")
        t = np.full(dataset.mask.shape, UNLABELLED, np.int64)
        following = np.asarray(dataset.x[:])[:, 1:, 0].astype(np.int64)
        t[:, :-1] = np.where(dataset.mask[:, 1:], following, t[:, :-1])
        lengths = dataset.mask.sum(axis=1)
        ends = np.flatnonzero(lengths != longest)
        t[ends, lengths[ends] - 1] = len(dataset.tokens)
        _check_cut(t, len(t) - len(ends), longest)
        return replace(dataset, targets=FrameTargets(t, (*dataset.tokens, END)))

    @property
    def hop(self) -> int:
        return max(1, self.window // 2)

    def step_output(self, logits: Tensor, t: Tensor) -> StepOutput:
        counted = t != UNLABELLED
        n = int(counted.sum())
        loss = cross_entropy(logits.flatten(0, 1), t.flatten(), ignore_index=UNLABELLED, reduction="sum") / max(n, 1)
        return StepOutput(loss, ((logits.argmax(-1) == t) & counted).sum(), n)

    def val_scores(self, targets: Targets, proba: Floats) -> dict[str, float]:
        counted = targets.t != UNLABELLED
        return next_token_scores(targets.t[counted], proba[counted])

    def combined(self, scores: Sequence[Mapping[str, float]], targets: Sequence[Targets]) -> dict[str, float]:
        return combined_scores(scores, [int((of.t != UNLABELLED).sum()) for of in targets])

    def tuned(self, targets: Targets, predict: Callable[[], Floats]) -> NextToken:
        return self

    def answers(self, proba: Floats) -> np.ndarray:
        missing = np.isnan(proba[..., 0])
        answers: np.ndarray = np.where(missing, -1, np.where(missing[..., None], 0.0, proba).argmax(axis=-1))
        return answers

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def _check_cut(t: np.ndarray, cut: int, longest: int | None) -> None:
    """Tells of texts that may be cut; raises a UserError where they leave nothing to be asked."""
    if cut:
        logger.info("%d texts are read as far as %d tokens: what follows those is not asked.", cut, longest)
    if cut and not (t != UNLABELLED).any():
        raise UserError(
            f"All {cut} texts are read as far as {longest} token, so that none is followed by another: give a higher "
            "text.max_tokens."
        )
