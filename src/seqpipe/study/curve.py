"""How many samples a solution needs: each trained on a few samples of every class, drawn several times."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.core.progress import only_warnings, progress
from seqpipe.data.dataset import DPrime
from seqpipe.evaluation.predictions import split_metrics
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.models.registry import kind as kind_of
from seqpipe.runtime.devices import computing
from seqpipe.study.cells import Cells
from seqpipe.study.solutions import FEATURES, answered, circumstances, facts_of, finetune_facts, judged
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val

Fit = Callable[[np.ndarray], pd.DataFrame]
"""From some rows of the train split to the predictions on test of what was trained on them."""
COLUMNS = ["solution", "kind", "n_per_class", "draw", "accuracy"]


def samples_curve(grid: pd.DataFrame, study: Study, cells: Cells) -> pd.DataFrame:
    """A row a training: solution, kind, n_per_class, draw, accuracy on the test split.

    Each solution keeps the place and the setting that val chose for it in the grid: with a handful of samples there
    is nothing left to choose by. The last size is all training samples, the grid's own row. Trainings that ``cells``
    holds are not done again.
    """
    settings, t = study.settings, study.target.targets("train")
    transfer = settings.transfer
    everything = len(t) / len(np.unique(t))
    rows: list[dict[str, Any]] = []
    for solution in transfer.few:
        best = best_by_val(grid[grid["solution"] == solution])
        if best is None or solution not in {**settings.classifiers, **settings.strategies}:
            continue
        told = {"solution": solution, "kind": best["kind"]}
        of_features = best["kind"] == FEATURES
        fit = (_classifier if of_features else _finetuned)(best, study, cells)
        draws = transfer.draws if of_features else transfer.draws_finetuned
        wanted = [(size, draw) for size in sizes(t, transfer.samples_per_class) for draw in range(draws)]
        with progress(len(wanted), f"{solution}: few samples", "training") as bar, only_warnings():
            for size, draw in wanted:
                accuracy = split_metrics(fit(drawn(t, size, study.runtime.seed, draw)))["accuracy"]
                rows.append({**told, "n_per_class": float(size), "draw": draw, "accuracy": accuracy})
                bar.update()
        rows.append({**told, "n_per_class": everything, "draw": 0, "accuracy": float(best["accuracy"])})
    return pd.DataFrame(rows, columns=COLUMNS)


def drawn(t: np.ndarray, per_class: int, seed: int, draw: int) -> np.ndarray:
    """Rows of t (N,) with at most ``per_class`` of each class; a larger number of the same draw holds the smaller one.

    A class with fewer samples gives all it has.
    """
    rows = []
    for label in np.unique(t):
        own = np.flatnonzero(t == label)
        order = np.random.default_rng([seed, draw, int(label)]).permutation(len(own))
        rows.append(own[order[:per_class]])
    return np.sort(np.concatenate(rows))


def sizes(t: np.ndarray, wanted: Sequence[int]) -> list[int]:
    """Those of the wanted sizes that are smaller than the mean class: beyond it, a draw is about all there is."""
    mean = len(t) / len(np.unique(t))
    return sorted({size for size in wanted if size < mean})


def _classifier(best: pd.Series, study: Study, cells: Cells) -> Fit:
    """C' at the place that val chose, with the setting that val chose."""
    dprime, name = study.dprimes.at((best["backbone"], best["layer"], best["pool"])), str(best["solution"])
    config = _chosen(study.settings.classifiers[name], str(best["chosen"]))
    train, val = dprime.part("train"), dprime.part("val")

    def fit(rows: np.ndarray) -> pd.DataFrame:
        facts = {"few of": name, "config": config.model_dump(), **facts_of(dprime), "rows": rows.tolist()}
        return _once(cells, facts | circumstances(study.runtime), lambda: trained(train.take(rows)))

    def trained(few: DPrime) -> pd.DataFrame:
        model = kind_of(name).make(config, study.runtime)
        with computing(study.runtime):
            model.fit(few, val)
        return answered(model, dprime, "test")

    return fit


def _finetuned(best: pd.Series, study: Study, cells: Cells) -> Fit:
    """The strategy on the backbone that val chose; without val, which would be larger than the training set."""
    target, backbone = study.target, study.backbones[str(best["backbone"])]
    frames = target.frames(backbone)
    strategy = study.settings.strategies[str(best["solution"])]
    training = strategy.training.model_copy(update={"patience": None, "keep": "last"})
    config = strategy.model_copy(update={"training": training})
    train = target.labelled(frames, "train")

    def fit(rows: np.ndarray) -> pd.DataFrame:
        facts = {**finetune_facts(config, backbone, target), "rows": rows.tolist()}
        return _once(cells, facts, lambda: trained(rows))

    def trained(rows: np.ndarray) -> pd.DataFrame:
        model = FineTuned(config, backbone, study.runtime)
        with computing(study.runtime):
            model.fit(replace(train, rows=train.rows[rows], t=train.t[rows]), None, None)
        return judged(model, target, frames, "test")

    return fit


def _once(cells: Cells, facts: dict[str, Any], predict: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    known = cells.get(facts)
    return (known or cells.put(facts, {}, predict())).predictions


def _chosen(config: Any, chosen: str) -> Any:
    """The setting as the grid had it; what is given outright today is not in the grid, and stays."""
    return config.with_chosen({name: value for name, value in json.loads(chosen).items() if name in config.grid})
