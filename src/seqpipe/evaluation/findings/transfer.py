"""What the grid of solutions says, in sentences: claimed only where the intervals bear it out."""

from __future__ import annotations

import math

import pandas as pd

from seqpipe.metrics.transferability import rank_correlation
from seqpipe.models.registry import MODELS
from seqpipe.training.selection import best_by_val

STRATEGIES = {
    "head": "fine-tuning the head alone",
    "freeze_first": "fine-tuning with the first layers frozen",
    "last_stage": "fine-tuning the last stage",
    "all": "fine-tuning all parameters",
    "scratch": "training from random weights",
}


def named(row: pd.Series) -> str:
    """A solution in words, with where it reads x'."""
    solution = str(row["solution"])
    if row["kind"] == "fine-tuning":
        return f"{STRATEGIES.get(solution, solution)} of {row['backbone']}"
    name = MODELS[solution].phrase if solution in MODELS else solution
    return f"{name} on {row['backbone']} at {row['layer']} ({row['pool']})"


def which_solution(grid: pd.DataFrame) -> str:
    """Second solution against first: each one's best on val, compared on the same test samples.

    One is ahead only where the interval of the difference leaves zero out.
    """
    fixed = best_by_val(grid[grid["kind"] == "features"])
    tuned = best_by_val(grid[(grid["kind"] == "fine-tuning") & (grid["solution"] != "scratch")])
    if fixed is None or tuned is None:
        return ""
    times = tuned["fit_seconds"] / max(fixed["fit_seconds"], 1e-9)
    cost = f"its fit took {_times(times)} the time of C', whose features were read before"
    cost = cost if times >= 1 else "its fit took no longer"
    gain, low, high = (100 * tuned[name] for name in ("gain", "gain_low", "gain_high"))
    ahead, behind = (tuned, fixed) if gain > 0 else (fixed, tuned)
    sentence = f"{_scored(ahead)}; {_scored(behind)}. Fine-tuning gains {gain:+.1f} points on the same samples"
    sentence = f"{sentence} ({low:+.1f} to {high:+.1f}); {cost}."
    if low > 0:
        return f"Fine-tuning pays here: {sentence}"
    return f"Fixed features do better here: {sentence}" if high < 0 else f"No measurable difference here: {sentence}"


def worth_of_transfer(grid: pd.DataFrame) -> str:
    """What the source domain has given: its fixed features, the best on val, against random weights.

    Said only where the interval of their difference on the same test samples leaves zero out.
    """
    scratch = best_by_val(grid[grid["solution"] == "scratch"])
    fixed = best_by_val(grid[grid["kind"] == "features"])
    if scratch is None or fixed is None:
        return ""
    worth, low, high = (-100 * scratch[name] for name in ("gain", "gain_high", "gain_low"))
    both = f"{_scored(fixed)}; {_scored(scratch)}. On the same samples that is {worth:+.1f} points"
    both = f"{both} ({low:+.1f} to {high:+.1f})."
    if low > 0:
        return f"The source domain is worth {worth:.0f} points here: {both}"
    return f"The source domain gives nothing measurable here: {both}"


def ranking(transferability: pd.DataFrame) -> str:
    """Whether LogME has put the specs in the order of the accuracy that was measured at them."""
    ranks = rank_correlation(transferability["logme"], transferability["accuracy"])
    if math.isnan(ranks["kendall_tau"]):
        return f"Of {ranks['n']:.0f} specs no order can be told: give transfer.layers or transfer.backbones more."
    return (
        f"LogME against the measured accuracy over {ranks['n']:.0f} specs: Kendall's tau {ranks['kendall_tau']:.2f} "
        f"(p {ranks['kendall_p']:.2f}), Spearman's rho {ranks['spearman']:.2f}."
    )


def _scored(row: pd.Series) -> str:
    interval = f"{100 * row['accuracy_low']:.0f} to {100 * row['accuracy_high']:.0f}"
    return f"{named(row)} is right on {100 * row['accuracy']:.1f} % of the test samples ({interval})"


def _times(factor: float) -> str:
    return f"{factor:.1f} times" if factor < 10 else f"{factor:.0f} times"
