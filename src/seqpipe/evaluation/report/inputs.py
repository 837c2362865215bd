"""What the report of a run is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.base import Evaluation, evaluation_of
from seqpipe.evaluation.report.section import Section
from seqpipe.evaluation.results import Results

SUMMARY_KEYS = [
    "corpus", "backbone", "source_domain", "view", "snippet", "layer", "frames", "feature_size",
    "seed", "device", "command", "git_commit",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class ReportInputs:
    """All that a section may speak of.

    Attributes:
        title: Heading of the report.
        task: The task's name: see `seqpipe.tasks.registry`.
        summary: `SUMMARY_KEYS`: corpus (its name or path), backbone, source_domain (what it was trained on),
            view (what it reads of a frame, and why), layer (these three empty where no backbone has read pictures),
            snippet (`frames` and `stride` of what a video backbone reads at each step; else None), frames (T),
            feature_size (D), seed, device, command, git_commit; optionally versions (a dictionary) and stream (``rgb``,
            or ``flow``).
        config: Of the intervals and the calibration.
        leaderboard: What `leaderboard` gave for these results.
        results: By the model's name.
        figures: By the model's name, each PNG bytes by name.
        comparison: The figure of all models, as PNG bytes.
        samples: Columns label, split, group of all samples used.
        quarantine: Columns path, reason, detail.
        contrast: The sentence of `order_contrast`; empty leaves it out.
        columns: By name, the columns of the corpus that were kept with the samples, each by the sample's id.

    Raises:
        ValueError: ``summary`` lacks a key.
        UserError: There is no such task.
    """

    title: str
    task: str
    summary: Mapping[str, Any]
    config: EvaluationConfig
    leaderboard: pd.DataFrame
    results: Mapping[str, Results]
    figures: Mapping[str, Mapping[str, bytes]]
    comparison: bytes
    samples: pd.DataFrame
    quarantine: pd.DataFrame
    contrast: str
    columns: Mapping[str, pd.Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if missing := [key for key in SUMMARY_KEYS if key not in self.summary]:
            raise ValueError(f"the report's summary lacks {', '.join(missing)}")
        evaluation_of(self.task)

    @property
    def evaluation(self) -> Evaluation:
        """What the task's models are judged by."""
        return evaluation_of(self.task)

    @cached_property
    def models(self) -> dict[str, list[Section]]:
        """What the task says of each model, in the leaderboard's order."""
        sections = self.evaluation.sections
        names = [name for name in self.leaderboard["model"] if name in self.results]
        return {name: sections(name, self.results[name], self.figures[name]) for name in names}
