"""What a recurrent net is worth over single frames, and a CNN trained with it over one that stays: sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.predictions import test_rows
from seqpipe.evaluation.report.formats import count, points, seconds
from seqpipe.evaluation.results import Results
from seqpipe.metrics.intervals import Difference, paired_difference

SINGLE_FRAMES = ("finetune", "single_frame")
"""Models whose answer is the mean over what they say of each frame by itself."""
RECURRENT = ("rnn", "gru", "lstm")
"""Models of frames in their order on the CNN as it is: one that trains the CNN is ahead by more than the order."""
TOGETHER, APART = "lrcn", "lstm"
"""The CNN and the recurrent net trained together, and the recurrent net on what the CNN says as it is."""


def recurrence_contrast(results: Mapping[str, Results]) -> str:
    """What it is worth to read the frames of a clip as a sequence; empty where no single-frame model was trained.

    The differences are those of the answers to the same test samples, with their intervals over groups.
    """
    single = [name for name in SINGLE_FRAMES if name in results]
    readers = [name for name in RECURRENT if name in results]
    if not single or not readers:
        return ""
    reference = max(single, key=lambda name: float(results[name].fit["val_accuracy"]))
    gains = ", ".join(f"{name} {_told(ahead(results[name], results[reference]))}" for name in readers)
    right = 100 * test_rows(results[reference].predictions)["correct"].mean()
    confidence = 100 * EvaluationConfig.model_validate(results[reference].evaluation).confidence
    return (
        f"Over single frames ({reference}, right on {right:.0f} % of the test samples) a sequence is worth: {gains}; "
        f"points of accuracy on the same samples, with {confidence:g} % intervals over groups.{_together(results)}"
    )


def ahead(model: Results, reference: Results) -> Difference:
    """What a model is right on more often than another, as a share of the test samples that both answered.

    Raises:
        ValueError: They did not answer the same samples.
    """
    ours, theirs = (test_rows(of.predictions).set_index("id") for of in (model, reference))
    if set(ours.index) != set(theirs.index):
        raise ValueError("two models can only be compared sample by sample where they answered the same samples")
    config = EvaluationConfig.model_validate(model.evaluation)
    drawn = (config.bootstrap, config.confidence, int(model.fit["seed"]))
    return paired_difference(ours["correct"], theirs["correct"].loc[ours.index], ours["group"], *drawn)


def _together(results: Mapping[str, Results]) -> str:
    if not {TOGETHER, APART} <= set(results):
        return ""
    together, apart = results[TOGETHER], results[APART]
    cost = f"{_cost(together.fit)} against {_cost(apart.fit)}"
    return (
        f" To train the CNN with it is worth {_told(ahead(together, apart))} over {APART} on what the CNN says as it "
        f"is, and takes {cost}."
    )


def _told(difference: Difference) -> str:
    return f"{points(difference.mean)} ({points(difference.low)} to {points(difference.high)})"


def _cost(fit: Mapping[str, Any]) -> str:
    return f"{seconds(fit['fit_seconds'])} and {count(fit['peak_memory_mb'])} MiB"
