"""What follows from a task in the evaluation: metrics, the leaderboard's columns, what a report says of a model.

A new task is one entry in `EVALUATIONS`; data, leaderboard and the rest of the report are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import unknown_name
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import DPrime
from seqpipe.evaluation.frame_predictions import frame_metrics, frame_predictions_table
from seqpipe.evaluation.predictions import (
    BACKWARDS,
    accuracy_backwards,
    predictions_table,
    test_metrics,
    with_backwards,
)
from seqpipe.evaluation.report.classification import model_sections
from seqpipe.evaluation.report.frame_labels import SEGMENTS
from seqpipe.evaluation.report.frame_labels import model_sections as frame_label_sections
from seqpipe.evaluation.report.section import Column, Section
from seqpipe.evaluation.results import Results
from seqpipe.models.base import Model, predict_backwards


@dataclass(frozen=True)
class Evaluation:
    """How the models of a task are judged, and what the report says of them.

    Attributes:
        predictions: The table of what a model answers to the samples of a dataset: of the dataset, the probabilities,
            and the answers that the task makes of them. All else is made of this table.
        metrics: What a table of predictions says of the test split, by name: of the predictions, the parameters, the
            bootstrap's seed, and what is told of the fit.
        primary: The metric that comes first in the leaderboard, as its column; the table has its interval, and its
            value on val, as well.
        scores: Further columns of the leaderboard; one that this leaderboard does not have is left out.
        note: What the leaderboard's columns mean, where they do not say it themselves.
        sections: What the report says of a model, by its name and results. A warning in it is said beside the
            leaderboard too.
        unit: What is counted by class.
    """

    predictions: Callable[[Any, np.ndarray, np.ndarray], pd.DataFrame]
    metrics: Callable[[pd.DataFrame, EvaluationConfig, int, Mapping[str, Any]], dict[str, float]]
    primary: Column
    scores: tuple[Column, ...]
    note: str
    sections: Callable[[str, Results], list[Section]]
    unit: str = "samples"


def class_predictions(data: Dataset, proba: np.ndarray) -> pd.DataFrame:
    """`predictions_table` of the samples, with the times of their frames in seconds (``times_s``, a list a sample)."""
    times_s: Mapping[str, Any] = data.clip_times_s()
    who = (list(data.ids), list(data.splits), list(data.groups))
    table = predictions_table(*who, data.t, proba, data.class_names)
    return table.assign(times_s=[times_s[id_] for id_ in table["id"]])


def class_metrics(
    predictions: pd.DataFrame, config: EvaluationConfig, seed: int, fit: Mapping[str, Any]
) -> dict[str, float]:
    """`test_metrics`, and ``accuracy_backwards``: that of the same clips played backwards.

    To a model that does not read order they are the same clips; of one that does it is told where it was asked.
    """
    metrics = test_metrics(predictions, config, seed)
    if BACKWARDS in predictions:
        return metrics | {"accuracy_backwards": accuracy_backwards(predictions)}
    return metrics if fit["reads_order"] else metrics | {"accuracy_backwards": metrics["accuracy"]}


def step_predictions(data: DPrime, proba: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    """`frame_predictions_table` of the samples."""
    who = (list(data.ids), list(data.splits), list(data.groups))
    return frame_predictions_table(*who, data.times_s, data.t, proba, answers, data.class_names)


EVALUATIONS: dict[str, Evaluation] = {
    "classification": Evaluation(
        predictions=lambda data, proba, _: class_predictions(data, proba),
        metrics=class_metrics,
        primary=Column("accuracy", "accuracy", "share"),
        scores=(
            Column("macro_f1", "macro F1", "share"),
            Column("balanced_accuracy", "balanced", "share"),
            Column("top5", "top 5", "share"),
            Column("log_loss", "log loss", "share"),
            Column("ece", "ECE", "share"),
        ),
        note="ECE is the expected calibration error: how far confidence is from accuracy, 0 at best.",
        sections=model_sections,
    ),
    "frame_labels": Evaluation(
        predictions=step_predictions,
        metrics=lambda predictions, config, seed, fit: frame_metrics(predictions, config, seed, fit["background"]),
        primary=Column("accuracy", "frame accuracy", "share"),
        scores=(Column("macro_f1", "macro F1", "share"), *SEGMENTS),
        note="Every score is the mean over the test videos. Edit compares the order of the segments, F1@k counts those "
        "that overlap a true one by k %: they fall where a video is cut into too many pieces.",
        sections=frame_label_sections,
        unit="frames",
    ),
}


def evaluation_of(task: str) -> Evaluation:
    """The evaluation of that task.

    Raises:
        UserError: there is none; the known ones are named.
    """
    if task not in EVALUATIONS:
        raise unknown_name("task", task, sorted(EVALUATIONS))
    return EVALUATIONS[task]


def answered(model: Model, data: Dataset) -> pd.DataFrame:
    """The table of what a model answers to the samples of a dataset, as its task has it."""
    proba = model.predict_proba(data)
    return evaluation_of(model.task.name).predictions(data, proba, model.task.answers(proba))


def answered_both_ways(model: Model, data: Dataset) -> pd.DataFrame:
    """The same; of a model that answers clips and reads their order, with its answers to the clips played backwards."""
    table = answered(model, data)
    if not model.reads_order or model.task.per != "clip":
        return table
    assert isinstance(data, DPrime), "what reads frames in order has no way yet to be given them backwards"
    return with_backwards(table, model.task.answers(predict_backwards(model, data)))
