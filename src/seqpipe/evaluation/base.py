"""What follows from a task in the evaluation: metrics, the leaderboard's columns, what a report says of a model.

A task's entry in `seqpipe.tasks.registry` says where its `Evaluation` is; data, leaderboard and the rest of the report
are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import stream_of
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import FeatureDataset
from seqpipe.evaluation.figures.mark import is_png
from seqpipe.evaluation.predictions import class_indices, with_backwards
from seqpipe.evaluation.report.counted import amount_of_classes, table_of_classes
from seqpipe.evaluation.report.section import Column, Section, Table
from seqpipe.evaluation.results import Results
from seqpipe.modalities.base import READ, WEIGHTS
from seqpipe.models.base import Likelihood, Model, predict_backwards
from seqpipe.models.occlusion import token_weights
from seqpipe.models.parts import parts_of
from seqpipe.tasks.registry import task_entry

COUNTS = ("n_test", "n_groups")
"""Metrics that every task has beside its primary one and the interval of that."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What the figures and the exports of a model are made of.

    Attributes:
        predictions: The table that `Evaluation.predictions` gave.
        fit: What is told of its fit; ``task``: name and facts of the task that it was trained for.
        trials, history: Tables of its search and of its epochs, the latter empty where it has none.
        samples: The table of samples.
        annotations: The true stretches within the samples; None where the task reads labels alone.
        config: The parameters that it is judged with.
    """

    predictions: pd.DataFrame
    fit: Mapping[str, Any]
    trials: pd.DataFrame
    history: pd.DataFrame
    samples: pd.DataFrame
    annotations: pd.DataFrame | None
    config: EvaluationConfig


@dataclass(frozen=True)
class Evaluation:
    """How the models of a task are judged, and what the report says of them.

    Attributes:
        predictions: The table of what a model answers to the samples of a dataset: of the dataset, the probabilities,
            and the answers that the task makes of them. All else is made of this table.
        metrics: What a table of predictions says of the test split, by name: of the predictions, the parameters, the
            bootstrap's seed, and what is told of the fit. ``n_test`` and ``n_groups`` are among them.
        primary: The metric that comes first in the leaderboard and orders it, as its column; ``<metric>_low`` and
            ``<metric>_high`` are its interval, and the task's ``val_scores`` have it too.
        scores: Further columns; one that this leaderboard does not have is left out. The first settles ties.
        note: What the leaderboard's columns mean, where they do not say it themselves.
        sections: What the report says of a model, by its name, results and figures. A warning in it is said beside the
            leaderboard too.
        figures: PNG bytes by name. They are drawn after all else: who draws imports what draws in here, so that the
            leaderboard need not wait for it.
        exports: Texts to be used elsewhere, by the name of their file.
        behind: Metrics whose columns come behind the seconds of the fit.
        higher_is_better: Which way the primary metric and the first score are ordered.
        contrast: A sentence on what sets the models apart, of leaderboard, results and dataset; empty: none.
        interval: How the intervals of the primary metric came about, of leaderboard and parameters; empty: there are
            none, and the report shows none.
        counted: A row (label, split, group) for each of what is counted by class: of the dataset.
        unit: What that is.
        amount: How many there are in all, in a few words: of that table and its unit.
        shared_out: The table of how many each split has: of that table.
        called: What the trained models are called, one and several.
        told_apart: By which column of the leaderboard models are told apart in the figure of all of them, what is said
            of those that have it, and of the others.
        of_each: The score of every sample of a table of predictions, by which models are held against each other over
            the further columns of the corpus, and what it is called.
        signatures: By the names of scores, what they were computed by: of the results. It is the same for all models.
        beside: Rows of the leaderboard that are no models', such as what a human reaches: of the results, ``model`` and
            the metrics of each. What they have of nothing, seconds for instance, is left open.
        with_train: The table of predictions with what it takes the training samples to tell: of the table and of all
            of the dataset.
    """

    predictions: Callable[[Any, np.ndarray, np.ndarray], pd.DataFrame]
    metrics: Callable[[pd.DataFrame, EvaluationConfig, int, Mapping[str, Any]], dict[str, float]]
    primary: Column
    scores: tuple[Column, ...]
    note: str
    sections: Callable[[str, Results, Mapping[str, bytes]], list[Section]]
    figures: Callable[[Judged], dict[str, bytes]]
    exports: Callable[[Judged], dict[str, str]] = lambda _: {}
    behind: tuple[str, ...] = ()
    higher_is_better: bool = True
    contrast: Callable[[pd.DataFrame, Mapping[str, Results], Any], str] = lambda *_: ""
    interval: Callable[[pd.DataFrame, EvaluationConfig], str] = lambda *_: ""
    counted: Callable[[FeatureDataset], pd.DataFrame] = FeatureDataset.labelled_samples
    unit: str = "samples"
    amount: Callable[[pd.DataFrame, str], str] = amount_of_classes
    shared_out: Callable[[pd.DataFrame], Table] = table_of_classes
    called: tuple[str, str] = ("classifier", "classifiers")
    told_apart: tuple[str, str, str] = ("reads_order", "reads the steps in order", "blind to order")
    of_each: tuple[Callable[[pd.DataFrame], Any], str] = (lambda table: table["correct"], "accuracy")
    signatures: Callable[[Mapping[str, Results]], Mapping[str, str]] = lambda _: {}
    beside: Callable[[Mapping[str, Results]], list[dict[str, Any]]] = lambda _: []
    with_train: Callable[[pd.DataFrame, Any], pd.DataFrame] = lambda table, _: table


def evaluation_of(task: str) -> Evaluation:
    """The evaluation of that task.

    Raises:
        UserError: there is none, the known ones are named; or what its entry names is none.
    """
    evaluation = task_entry(task).evaluated_by()
    if not isinstance(evaluation, Evaluation):
        raise UserError(
            f"The task {task}: expected an Evaluation at {task_entry(task).evaluation}, got "
            f"{type(evaluation).__name__}; mend its entry."
        )
    return evaluation


def check_metrics(task: str, metrics: Mapping[str, float]) -> None:
    """The metrics of a task have what its leaderboard is made of.

    Raises:
        UserError: They lack some of it.
    """
    primary = evaluation_of(task).primary.key
    if missing := [key for key in (primary, f"{primary}_low", f"{primary}_high", *COUNTS) if key not in metrics]:
        raise UserError(
            f"The task {task}: its metrics lack {', '.join(missing)}, which the leaderboard asks for, and have "
            f"{', '.join(metrics) or 'nothing'}; mend `metrics` of {task_entry(task).evaluation}."
        )


def check_figures(task: str, figures: Mapping[str, object]) -> None:
    """The figures of a task are pictures that a report can show.

    Raises:
        UserError: One of them is no PNG.
    """
    if wrong := [name for name, png in figures.items() if not is_png(png)]:
        raise UserError(
            f"The task {task}: expected each of its figures as the bytes of a PNG, which {', '.join(wrong)} is not; "
            f"mend `figures` of {task_entry(task).evaluation}."
        )


EXPLAINED = 60
"""Samples of tokens that are asked what decided their answers: the surest mistakes, then the surest right answers."""


def with_token_weights(table: pd.DataFrame, model: Model, data: FeatureDataset) -> pd.DataFrame:
    """The table with `READ` and `WEIGHTS`, a list a sample, empty of those that are not asked."""
    order = table.assign(row=range(len(table))).sort_values(["correct", "confidence"], ascending=[True, False])
    asked = order["row"].to_numpy()[:EXPLAINED]
    answers = class_indices(table["predicted"], data.class_names)[asked]
    some = data.take(asked)
    read: dict[int, list[str]] = {}
    weights: dict[int, list[float]] = {}
    for row, x, real, weight in zip(asked, some.x[:], some.mask, token_weights(model, some, answers), strict=True):
        read[row] = [data.tokens[int(token)] for token in x[real, 0]]
        weights[row] = weight.tolist()
    rows = range(len(table))
    columns = {READ: [read.get(n, []) for n in rows], WEIGHTS: [weights.get(n, []) for n in rows]}
    return table.assign(**{name: pd.Series(values) for name, values in columns.items()})


LOG_P, COUNTED = "reference_log_p", "reference_tokens"
"""Of a model that knows how likely sentences are: log p of all references of a sample, and their tokens."""


def with_likelihood(table: pd.DataFrame, model: Likelihood, data: Dataset) -> pd.DataFrame:
    """The table with `LOG_P` and `COUNTED`."""
    told = model.log_likelihood(data)
    return table.assign(**{LOG_P: told[:, 0], COUNTED: told[:, 1]})


def answered(model: Model, data: Dataset) -> pd.DataFrame:
    """The table of what a model answers to the samples of a dataset, as its task has it."""
    of = evaluation_of(model.task.name)

    def table(part: Dataset) -> pd.DataFrame:
        proba = model.predict_proba(part)
        made = of.predictions(part, proba, model.task.answers(proba))
        return with_likelihood(made, model, part) if isinstance(model, Likelihood) else made

    return pd.concat([table(part) for part in parts_of(data, model)], ignore_index=True)


def answered_both_ways(model: Model, data: Dataset) -> pd.DataFrame:
    """The same; of a model that answers clips and reads their order, with its answers to the clips played backwards.

    Features of flow in the opposite order are no clip played backwards: there, what moves turns round as well. Of
    tokens also with what each did for the answer, of the `EXPLAINED` samples that may be shown.
    """
    table = answered(model, data)
    if model.task.per == "clip" and isinstance(data, FeatureDataset) and data.tokens:
        table = with_token_weights(table, model, data)
    if not model.reads_order or model.task.per != "clip" or stream_of(data.lineage) == "flow":
        return table
    return with_backwards(table, model.task.answers(predict_backwards(model, data)))
