"""How the models of the tasks in the box are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.lineage import lineage_of, stream_of
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import FeatureDataset
from seqpipe.evaluation.base import Evaluation, Judged
from seqpipe.evaluation.findings.classification import order_contrast
from seqpipe.evaluation.findings.recurrence import recurrence_contrast
from seqpipe.evaluation.frame_predictions import frame_metrics, frame_predictions_table, segments_table
from seqpipe.evaluation.next_token import counted_tokens, next_token_metrics, next_token_table
from seqpipe.evaluation.predictions import BACKWARDS, accuracy_backwards, predictions_table, test_metrics
from seqpipe.evaluation.report.classification import model_sections
from seqpipe.evaluation.report.frame_labels import SEGMENTS
from seqpipe.evaluation.report.frame_labels import model_sections as frame_label_sections
from seqpipe.evaluation.report.interval import bootstrap_note
from seqpipe.evaluation.report.next_token import model_sections as language_sections
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.segment_files import elan_files

PLAYED = ("video", "frames", "image", "sound")
"""Kinds of samples that a program can show beside their segments; measurements and texts are none."""


def class_predictions(data: Dataset, proba: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    """`predictions_table` of the samples, with the times of their frames in seconds (``times_s``, a list a sample)."""
    times_s: Mapping[str, Any] = data.clip_times_s()
    who = (list(data.ids), list(data.splits), list(data.groups))
    table = predictions_table(*who, data.t, proba, data.class_names, answers)
    return table.assign(times_s=[times_s[id_] for id_ in table["id"]])


def class_metrics(
    predictions: pd.DataFrame, config: EvaluationConfig, seed: int, fit: Mapping[str, Any]
) -> dict[str, float]:
    """`test_metrics`, and ``accuracy_backwards``: that of the same clips played backwards.

    To a model that does not read order they are the same clips; of one that does it is told where it was asked. Of
    flow it is not told: played backwards, what moves to the right moves to the left, and these are other pictures.
    """
    metrics = test_metrics(predictions, config, seed)
    if stream_of(lineage_of(predictions)) == "flow":
        return metrics
    if BACKWARDS in predictions:
        return metrics | {"accuracy_backwards": accuracy_backwards(predictions)}
    return metrics if fit["reads_order"] else metrics | {"accuracy_backwards": metrics["accuracy"]}


def step_predictions(data: FeatureDataset, proba: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    """`frame_predictions_table` of the samples."""
    who = (list(data.ids), list(data.splits), list(data.groups))
    return frame_predictions_table(*who, data.times_s, data.t, proba, answers, data.class_names)


def _class_figures(judged: Judged) -> dict[str, bytes]:
    from seqpipe.evaluation.figures.classification import model_figures

    times_s = dict(zip(judged.predictions["id"], judged.predictions["times_s"], strict=True))
    given = (judged.predictions, judged.trials, judged.history, judged.samples, judged.config)
    return model_figures(*given, times_s)


def _order(leaderboard: pd.DataFrame, results: Mapping[str, Results], dataset: Any) -> str:
    """What reading the steps in order is worth; of one frame there is no order to speak of.

    Flow tells the direction of motion to whatever reads it: models that are blind to order are no measure of it.
    """
    if dataset.mask.sum(axis=1).max() <= 1:
        return ""
    order = "" if stream_of(dataset.lineage) == "flow" else order_contrast(leaderboard, results)
    return " ".join(filter(None, (order, recurrence_contrast(results))))


CLASSIFICATION = Evaluation(
    predictions=class_predictions,
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
    figures=_class_figures,
    behind=("balanced_accuracy", "log_loss", "ece", "top5", "accuracy_backwards"),
    contrast=_order,
    interval=bootstrap_note,
)


def _language_figures(judged: Judged) -> dict[str, bytes]:
    from seqpipe.evaluation.figures.next_token import next_token_figures

    return next_token_figures(judged.history)


NEXT_TOKEN = Evaluation(
    predictions=next_token_table,
    metrics=lambda predictions, config, seed, _: next_token_metrics(predictions, config, seed),
    primary=Column("perplexity", "perplexity", "share"),
    scores=(
        Column("accuracy", "accuracy", "share"),
        Column("top5", "top 5", "share"),
        Column("last_accuracy", "last token", "share"),
    ),
    note="Perplexity is exp of the mean of -log p of the tokens that follow, their ends among them: lower is better.",
    sections=language_sections,
    figures=_language_figures,
    behind=("unknown", "n_tokens"),
    higher_is_better=False,
    interval=bootstrap_note,
    counted=counted_tokens,
    unit="tokens",
)


def _background(fit: Mapping[str, Any]) -> list[str]:
    """The classes that are no segments."""
    return list(fit["task"]["background"])


def _frame_figures(judged: Judged) -> dict[str, bytes]:
    from seqpipe.evaluation.figures.frame_labels import frame_figures

    along = "tokens" if judged.samples["kind"].eq("text").all() else "seconds"
    return frame_figures(judged.predictions, judged.trials, judged.history, _background(judged.fit), along)


def _segments(judged: Judged) -> dict[str, str]:
    """The segments that the answers make, as a table and, of what can be played beside them, as files of ELAN."""
    segments = segments_table(judged.predictions)
    assert judged.annotations is not None, "labels by frame are read from annotations"
    played = judged.samples[judged.samples["kind"].isin(PLAYED)]
    beside = segments[segments["id"].isin(played["id"])]
    return {"segments.csv": segments.to_csv(index=False), **elan_files(beside, judged.annotations, played)}


FRAME_LABELS = Evaluation(
    predictions=step_predictions,
    metrics=lambda predictions, config, seed, fit: frame_metrics(predictions, config, seed, _background(fit)),
    primary=Column("accuracy", "accuracy", "share"),
    scores=(Column("macro_f1", "macro F1", "share"), Column("slot_f1", "slot F1", "share"), *SEGMENTS),
    note="Accuracy is by step. Every score is the mean over the test samples, but for slot F1, which counts the slots "
    "of IOB tags in all of them. Edit compares the order of the segments, F1@k counts those that overlap a true one by "
    "k %: they fall where a sample is cut into too many pieces.",
    sections=frame_label_sections,
    figures=_frame_figures,
    exports=_segments,
    interval=bootstrap_note,
    counted=FeatureDataset.labelled_steps,
    unit="steps",
)
