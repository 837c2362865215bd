"""How many samples a solution needs: each trained on a few samples of every class, drawn several times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import TransferConfig
from seqpipe.devices import computing
from seqpipe.evaluation.transfer_findings import best_by_val
from seqpipe.features.dprime import DPrime
from seqpipe.models.finetuned import FineTuned
from seqpipe.models.registry import kind as kind_of
from seqpipe.progress import only_warnings, progress
from seqpipe.transfer.grid import Solutions
from seqpipe.transfer.solutions import FEATURES, Judge
from seqpipe.transfer.target import Study

Fit = Callable[[np.ndarray], float]
COLUMNS = ["solution", "kind", "n_per_class", "draw", "accuracy"]


def samples_curve(
    grid: pd.DataFrame, study: Study, transfer: TransferConfig, solutions: Solutions, judge: Judge
) -> pd.DataFrame:
    """A row a training: solution, kind, n_per_class, draw, accuracy on the test split.

    Each solution keeps the place and the setting that val chose for it in the grid: with a handful of samples there
    is nothing left to choose by. The last size is all training samples, the grid's own row.
    """
    t = study.targets("train")
    everything = len(t) / len(np.unique(t))
    rows: list[dict[str, Any]] = []
    for solution in transfer.few:
        best = best_by_val(grid[grid["solution"] == solution])
        if best is None:
            continue
        told = {"solution": solution, "kind": best["kind"]}
        draws = transfer.draws if best["kind"] == FEATURES else transfer.draws_finetuned
        fit = _classifier(best, study, solutions, judge) if best["kind"] == FEATURES else None
        fit = fit or _finetuned(best, study, solutions, judge)
        wanted = [(size, draw) for size in sizes(t, transfer.samples_per_class) for draw in range(draws)]
        with progress(len(wanted), f"{solution}: few samples", "training") as bar, only_warnings():
            for size, draw in wanted:
                accuracy = fit(drawn(t, size, judge.runtime.seed, draw))
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


def _classifier(best: pd.Series, study: Study, solutions: Solutions, judge: Judge) -> Fit:
    """C' at the place that val chose, with the setting that val chose."""
    here = ["backbone", "layer", "pool"]
    dprime = next(d for place, d in study.dprimes() if all(getattr(place, name) == best[name] for name in here))
    name = str(best["solution"])
    config = _chosen(solutions, name, str(best["chosen"]))
    train, val, test = (dprime.part(split) for split in ("train", "val", "test"))

    def fit(rows: np.ndarray) -> float:
        model = kind_of(name).make(config, judge.runtime)
        with computing(judge.runtime):
            model.fit(_some(train, rows), val)
        return float((model.predict_proba(test.x, test.mask).argmax(1) == test.t).mean())

    return fit


def _chosen(solutions: Solutions, name: str, chosen: str) -> Any:
    config = solutions.classifiers[name]
    told = {", ".join(f"{k}={v}" for k, v in values.items()): values for values in config.combinations()}
    return config.with_chosen(told[chosen])


def _some(train: DPrime, rows: np.ndarray) -> DPrime:
    names = ("x", "mask", "times_s", "t", "ids", "groups", "splits")
    return replace(train, **{name: getattr(train, name)[rows] for name in names})


def _finetuned(best: pd.Series, study: Study, solutions: Solutions, judge: Judge) -> Fit:
    """The strategy on the backbone that val chose; without val, which would be larger than the training set."""
    backbone = next(b for b in study.backbones if b.name == best["backbone"])
    frames = study.frames(backbone)
    config = solutions.strategies[str(best["solution"])].model_copy(update={"patience": None, "keep": "last"})
    train, test = (study.labelled(frames, split) for split in ("train", "test"))

    def fit(rows: np.ndarray) -> float:
        model = FineTuned(config, backbone, judge.runtime)
        with computing(judge.runtime):
            model.fit(replace(train, rows=train.rows[rows], t=train.t[rows]), None, None)
        return float((model.predict_proba(test).argmax(1) == test.t).mean())

    return fit
