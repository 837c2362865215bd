"""Made-up tables of what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

FACTS = {
    "corpus": "<b>clips</b>",
    "models": {"rnn": "an RNN", "lstm": "an LSTM"},
    "refitted": False,
    "seeds": "0",
    "left_out": ["The GRU on disk was trained on another D'."],
    "split": "val",
    "clips": 6,
    "available": 10,
    "shortest": 3,
    "longest": 11,
    "of_one_step": 0,
    "median_steps": 11.0,
    "step_s": 0.1,
    "test": 40,
    "val": 10,
    "train": 30,
    "chance": 0.25,
}
SUMMARY = {"command": "kedro run --pipeline memory", "git_commit": "abc", "seed": "0", "device": "cpu"}
WAYS = [(way, when) for way in ("forward", "backward") for when in ("before", "after")]


def over_lag(value, factors, lags=11):
    """A decay by ``factors[cell, when]`` a step."""
    rows = []
    for (cell, when), factor in factors.items():
        for way in ("forward", "backward"):
            for part in "hC" if cell == "lstm" else "h":
                middle = factor ** -np.arange(float(lags))
                band = {f"{value}_low": middle / 2, value: middle, f"{value}_high": middle * 2}
                names = {"cell": cell, "direction": way, "when": when, "part": part}
                rows.append(pd.DataFrame({**names, "lag": range(lags), "seconds": 0.1, "clips": 6, **band}))
    return pd.concat(rows, ignore_index=True)


FACTORS = {("rnn", "before"): 2.0, ("rnn", "after"): 1.9, ("lstm", "before"): 1.5, ("lstm", "after"): 1.1}


def reach_table(factors=FACTORS, longest=10):
    rows = []
    for measure in ("gradient", "jacobian"):
        for (cell, when), factor in factors.items():
            for way in ("forward", "backward"):
                slope = np.log(factor)
                told = {"factor": factor, "steps_e": 1 / slope, "steps_100": np.log(100) / slope}
                told |= {"left": factor**-longest, "longest": longest}
                part = "C" if cell == "lstm" else "h"
                rows.append({"cell": cell, "direction": way, "when": when, "part": part, "measure": measure, **told})
    return pd.DataFrame(rows)


def padding_table(**accuracies):
    rows = []
    for cell, values in accuracies.items():
        for m, accuracy in zip((0, 2, 8, 32), values, strict=True):
            bounds = {"accuracy_low": accuracy - 0.04, "accuracy_high": min(1.0, accuracy + 0.04)}
            rows.append({"cell": cell, "padding": m, "seconds": 0.1 * m, "accuracy": accuracy, **bounds, "clips": 40})
    return pd.DataFrame(rows)


def truncation_table(cell="lstm", **rows):
    """By k: accuracy, and what it is ahead of all of it by, with its interval."""
    told = []
    for name, (accuracy, *ahead) in rows.items():
        k = int(name.removeprefix("k"))
        named = dict(zip(("ahead", "ahead_low", "ahead_high"), ahead, strict=True))
        costs = {"seconds": 12.0 / k, "kept_bytes": 1e6 * k, "diverged": bool(np.isnan(accuracy))}
        whole = {"whole": k >= 11, "trained": k <= 11, "val_accuracy": accuracy, "val_loss": 0.1, "clips": 10}
        told.append({"cell": cell, "truncate": k, **whole, **named, **costs})
    return pd.DataFrame(told)


def matrices_table(singular=0.8):
    return pd.DataFrame(
        [
            {"cell": "rnn", "direction": way, "when": when, "gate": "h", "radius": 0.5, "singular": singular}
            for way, when in WAYS
        ]
    )


def gates_table(keeps=0.5, slowest=3.0):
    steps = 1 / (1 - keeps)
    told = {"cell": "lstm", "gate": "f", "mean": keeps, "steps": steps, "slowest_steps": slowest}
    return pd.DataFrame([{**told, "direction": way, "when": when} for way, when in WAYS])


def histogram_table():
    rows = [{"low": low / 4, "high": (low + 1) / 4, "share": 0.25} for low in range(4)]
    return pd.DataFrame(
        [{"cell": "lstm", "direction": way, "when": when, "gate": "f", **row} for way, when in WAYS for row in rows]
    )


def exam_tables(solved=("lstm",)):
    rows, curves = [], []
    for cell in ("rnn", "lstm"):
        for between in (50, 100):
            names = {"exam": "temporal_order", "steps_between": between, "cell": cell}
            ended = {"solved": cell in solved, "steps": 300, "seconds": 2.0, "error": 0.1, "guessing": 0.75}
            rows.append({**names, **ended, "diverged": False})
            curves += [{**names, "step": step, "error": 0.75 - step / 1000} for step in (0, 100, 200)]
    return pd.DataFrame(rows), pd.DataFrame(curves)
