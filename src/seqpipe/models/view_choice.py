"""``backbone.view: auto``: what of a frame the backbone reads, told by the corpus and never by its test samples.

The aspect ratios of the train and val samples decide where they are clear: about square, the centre crop loses nothing
and the weights were tested with it; as wide as CLEARLY_WIDE, it loses half of every frame. Between the two the
candidates are tried on val, each with a linear classifier on its own features: by clip or by step, as the task is. So
they are whatever the ratio is where a model's centre crop was tested on frames of another aspect than the corpus', as
some of video were: they resize to a height and a width, so that what is cropped is neither square nor undistorted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, FeaturesConfig, ModelConfig, RuntimeConfig, View, ViewChoice
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.encoders.backbones import Backbone
from seqpipe.extraction.engine import FeatureLayer, extract_layers
from seqpipe.models.search import best_trial, search
from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)

CLEARLY_SQUARE, CLEARLY_WIDE = 0.1, 0.5
"""Shares of a frame beyond the square in its middle: up to the first (10 : 9) and from the second (2 : 1) the ratio
decides."""
WIDE: View = "whole"
"""The view of wide frames: see docs/architecture.md for what each of the four reaches."""
CANDIDATES: tuple[View, ...] = ("centre", WIDE)
"""What is tried on val; of equals the first."""
METRIC_WORDS = {"macro_f1": "macro F1"}


class Scored(NamedTuple):
    """How a view does on val: what it is ordered by, the higher the better, and the first of that in words."""

    order: tuple[float, ...]
    metric: str
    value: float


@dataclass(frozen=True)
class Chosen:
    """The view of a backbone.

    Attributes:
        view: What of a frame it reads.
        reason: Why, in a phrase that goes on after a comma.
        beyond_square: Mean share of the train and val frames that lies beyond the square in their middle.
        on_val: What each candidate reached on val; empty where val was not asked.
    """

    view: View
    reason: str
    beyond_square: float
    on_val: dict[str, float] = field(default_factory=dict)


def choose_view(
    wanted: ViewChoice,
    samples: pd.DataFrame,
    tried_on_val: Callable[[View], Scored] | None,
    keeps_aspect: bool = True,
) -> Chosen:
    """The view: the one that is wanted, or for ``auto`` what the frames' aspect ratios say, or what val says.

    Args:
        wanted: ``backbone.view``.
        samples: The table that ingest writes; only the rows of train and val are looked at.
        tried_on_val: Scores a view; asked only where the ratios do not decide. None: of a task without classes, whose
            answers may tell of anything that is in a frame, the whole is read.
        keeps_aspect: Whether the view ``centre`` keeps a frame's aspect; of one that does not the ratios say nothing.
    """
    lost = beyond_square(samples)
    given = Chosen(wanted, "as `backbone.view` says", lost) if wanted != "auto" else None
    chosen = given or (_by_ratio(lost) if keeps_aspect else None) or _of_the_rest(lost, tried_on_val)
    logger.info("View of a frame: %s, %s.", chosen.view, chosen.reason)
    return chosen


def beyond_square(samples: pd.DataFrame) -> float:
    """Mean share of the frames of train and val beyond the largest square in them: 0 of squares, 1/2 at 2 : 1."""
    sides = known(samples)[["width", "height"]].to_numpy(np.float64)
    return float(np.mean(1.0 - sides.min(axis=1) / sides.max(axis=1)))


def known(samples: pd.DataFrame) -> pd.DataFrame:
    """The samples that a choice may look at: not those of test."""
    return samples[samples["split"].isin(("train", "val"))].reset_index(drop=True)


def _by_ratio(lost: float) -> Chosen | None:
    if lost <= CLEARLY_SQUARE:
        return Chosen("centre", "since the frames are about square", lost)
    if lost >= CLEARLY_WIDE:
        return Chosen(WIDE, f"since {_beyond(lost)}", lost)
    return None


def _of_the_rest(lost: float, tried_on_val: Callable[[View], Scored] | None) -> Chosen:
    if tried_on_val is None:
        return Chosen(WIDE, f"since {_beyond(lost)}, and a sentence may tell of it", lost)
    return _on_val(lost, tried_on_val)


def _on_val(lost: float, tried_on_val: Callable[[View], Scored]) -> Chosen:
    logger.info("View of a frame: %s, so val decides between %s.", _beyond(lost), " and ".join(CANDIDATES))
    scores = {view: tried_on_val(view) for view in CANDIDATES}
    # Rounded: the order in which equal scores are summed up must not decide.
    best = max(CANDIDATES, key=lambda view: tuple(round(score, 9) for score in scores[view].order))
    values = {str(view): score.value for view, score in scores.items()}
    reached = ", ".join(f"{view} {value:.3f}" for view, value in values.items())
    metric = METRIC_WORDS.get(scores[best].metric, scores[best].metric.replace("_", " "))
    reason = f"chosen on val ({metric} of a linear classifier: {reached}) since {_beyond(lost)}"
    return Chosen(best, reason, lost, values)


def _beyond(lost: float) -> str:
    return f"{100 * lost:.0f} % of a frame lie beyond the square in its middle"


MakeDataset = Callable[[pd.DataFrame, pd.DataFrame, Path, MemmapPolicy], FeatureDataset]
"""D' of samples, their feature index, the store's root, and where an x goes that is too large."""


@dataclass(frozen=True)
class OnVal:
    """Tries views of a backbone on val: a linear classifier on the features of train, judged on those of val.

    The features go where all features go, so that only those of the views not chosen are extracted for this alone.

    Attributes:
        backbone: Whose view is to be chosen.
        samples: The table of samples; those of test are not looked at.
        clip, features, runtime: As extraction takes them.
        feature_layers: The layers that will be read; the first is judged.
        linear: The parameters of that classifier.
        store: Root of the feature store.
        memmap_policy: Where the x of a D' lies meanwhile that is too large for memory.
        make_dataset: D' with the targets of the task; it is given the samples of train and val alone.
        task_of: What the model is for, given that D'.
    """

    backbone: Backbone
    samples: pd.DataFrame
    clip: ClipConfig
    features: FeaturesConfig
    feature_layers: Sequence[FeatureLayer]
    linear: ModelConfig
    runtime: RuntimeConfig
    store: Path
    memmap_policy: MemmapPolicy
    make_dataset: MakeDataset
    task_of: Callable[[FeatureDataset], Task]

    def __call__(self, view: View) -> Scored:
        samples, backbone = known(self.samples), self.backbone.with_view(view)
        index, *_ = extract_layers(
            samples, backbone, self.clip, self.features, self.runtime, self.store, self.feature_layers
        )
        linear = self.linear.model_copy(update={"refit": False})
        with TemporaryDirectory(dir=self.memmap_policy.folder, prefix=".", suffix=".aside") as folder:
            dataset = self.make_dataset(samples, index, self.store, self.memmap_policy._replace(folder=Path(folder)))
            task = self.task_of(dataset)
            _, trials, _ = search("linear", linear, dataset, self.runtime, task)
        best = trials.iloc[best_trial(trials, task.choose_by)]
        order = tuple(float(best[f"val_{n}"]) * (1 if way == "higher" else -1) for n, way in task.choose_by.items())
        metric = next(iter(task.choose_by))
        return Scored(order, metric, float(best[f"val_{metric}"]))

    def with_view(self, wanted: ViewChoice) -> Backbone:
        """The backbone with its view: the one that is wanted, or for ``auto`` what ``choose_view`` says."""
        chosen = choose_view(wanted, self.samples, self, self.backbone.transforms.keeps_aspect)
        return self.backbone.with_view(chosen.view, chosen.reason)
