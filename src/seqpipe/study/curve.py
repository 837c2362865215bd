"""How many samples a solution needs: each trained on a few samples of every class, drawn several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.core.progress import only_warnings, progress
from seqpipe.evaluation.predictions import split_metrics
from seqpipe.study.run_store import RunStore
from seqpipe.study.solutions import FEATURES, as_chosen, few_samples_run
from seqpipe.study.study import Study
from seqpipe.training.selection import best_by_val

COLUMNS = ["solution", "kind", "n_per_class", "draw", "accuracy"]


def learning_curve(grid: pd.DataFrame, study: Study, run_store: RunStore) -> pd.DataFrame:
    """A row a training: solution, kind, n_per_class, draw, accuracy on the test split.

    Each solution keeps the place and the setting that val chose for it in the grid: with a handful of samples there
    is nothing left to choose by. The last size is all training samples, the grid's own row. Trainings that
    ``run_store`` holds are not done again.
    """
    transfer, t = study.settings.transfer, study.train_t()
    everything = len(t) / len(np.unique(t))
    rows: list[dict[str, Any]] = []
    for solution in transfer.curve_solutions:
        best = best_by_val(grid[grid["solution"] == solution])
        found = None if best is None else study.solution_of(best)
        if best is None or found is None:
            continue
        told = {"solution": solution, "kind": best["kind"]}
        chosen = as_chosen(found, str(best["chosen"]))
        curve_repeats = transfer.curve_repeats if best["kind"] == FEATURES else transfer.curve_repeats_finetuned
        wanted = [(size, draw) for size in sizes(t, transfer.samples_per_class) for draw in range(curve_repeats)]
        with progress(len(wanted), f"{solution}: few samples", "training") as bar, only_warnings():
            for size, draw in wanted:
                few = drawn(t, size, study.runtime.seed, draw)
                accuracy = split_metrics(few_samples_run(chosen, few, study.runtime, run_store))["accuracy"]
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
