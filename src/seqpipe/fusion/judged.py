"""Two models and their mixture, judged alike on the test split."""

from __future__ import annotations

from typing import Any

import pandas as pd

from seqpipe.config import EvaluationConfig, FuseConfig
from seqpipe.evaluation.base import Evaluation
from seqpipe.evaluation.predictions import split_metrics
from seqpipe.evaluation.report.formats import points, share
from seqpipe.evaluation.results import Results
from seqpipe.fusion.answers import Answers
from seqpipe.fusion.mixture import FIXED, LOWER_IS_BETTER, chosen_weight, mixed
from seqpipe.metrics.intervals import paired_difference

FUSED = "fused"
FEW = 20
"""Samples of val below which the weight that is best on them is mostly luck."""


def alone(answers: Answers, evaluation: Evaluation, config: EvaluationConfig, seed: int) -> Results:
    """A model by itself, judged anew with these parameters."""
    table, fit = answers.of("test"), dict(answers.fit)
    return _judged(table, fit, evaluation, config, seed)


def _judged(
    table: pd.DataFrame, fit: dict[str, Any], evaluation: Evaluation, config: EvaluationConfig, seed: int
) -> Results:
    """As a model is judged, but for clips played backwards, about which nobody was asked here."""
    metrics = evaluation.metrics(table, config, seed, fit)
    kept = {name: value for name, value in metrics.items() if name != "accuracy_backwards"}
    return Results(fit, kept, table, config.model_dump())


def fused(
    first: Answers,
    second: Answers,
    weights: pd.DataFrame,
    fuse: FuseConfig,
    evaluation: Evaluation,
    config: EvaluationConfig,
    seed: int,
) -> Results:
    """The mixture with the weight that val has chosen, judged as a model is.

    Args:
        first, second: Of the same samples.
        weights: What ``weights_table`` gave of their answers to val.
        fuse: By what val chooses.
        evaluation, config, seed: How the test split is judged.
    """
    weight = chosen_weight(weights, fuse.choose_by)
    fit = _fit(first, second, weight, weights, fuse)
    table = mixed(first.of("test"), second.of("test"), weight)
    return _judged(table, fit, evaluation, config, seed)


def _fit(first: Answers, second: Answers, weight: float, weights: pd.DataFrame, fuse: FuseConfig) -> dict[str, Any]:
    """What is told of the mixture, as of a model's fit: its cost is that of both."""
    on_val = split_metrics(mixed(first.of("val"), second.of("val"), weight))
    both = (first.fit, second.fit)
    return {
        "fit_seconds": sum(float(fit["fit_seconds"]) for fit in both),
        "trials": len(weights),
        **{f"val_{name}": value for name, value in on_val.items()},
        "device": ", ".join(dict.fromkeys(str(fit["device"]) for fit in both)),
        "description": _in_words(first.name, second.name, weight),
        "reads_order": any(bool(fit["reads_order"]) for fit in both),
        "parameters": {"first": first.name, "second": second.name, "weight": weight, "chosen_by": fuse.choose_by},
        "task": first.fit["task"],
    }


def _in_words(first: str, second: str, weight: float) -> str:
    """Both with their weights; of the ends of the scale the one that has all of it."""
    if weight in (0.0, 1.0):
        return f"{first if weight else second} alone, to which val gives all of the weight"
    return f"{weight:.3g} of {first} and {1 - weight:.3g} of {second}"


def fixed_mixtures(first: Answers, second: Answers, result: Results) -> pd.DataFrame:
    """The mixtures that nothing was chosen for beside the chosen one: what they reach on val and on the test split.

    Columns mixture, weight, and ``<split>_accuracy`` and ``<split>_log_loss`` of val and test.
    """
    rows = {f"chosen on val ({result.fit['parameters']['chosen_by']})": float(result.fit["parameters"]["weight"])}
    return pd.DataFrame([_row(name, weight, first, second) for name, weight in (rows | dict(FIXED)).items()])


def _row(name: str, weight: float, first: Answers, second: Answers) -> dict[str, Any]:
    row: dict[str, Any] = {"mixture": name, "weight": weight}
    for split in ("val", "test"):
        scores = split_metrics(mixed(first.of(split), second.of(split), weight))
        row |= {f"{split}_{score}": scores[score] for score in ("accuracy", "log_loss")}
    return row


def doubt(first: Answers) -> str:
    """What is to be said of a val that tells little of a weight, as a sentence; empty where it tells enough."""
    val = first.of("val")
    groups = val["group"].nunique()
    if len(val) >= FEW and groups > 1:
        return ""
    return (
        f"Val has {len(val)} samples in {groups} group{'s' if groups > 1 else ''}: too few to choose a weight by. The "
        "mixtures that nothing was chosen for are as good a guess; give more to val by corpus.val_share."
    )


def better_on_val(first: Answers, second: Answers, choose_by: str) -> Answers:
    """Which of the two val prefers by itself; of equals the first."""
    scores = [split_metrics(of.of("val"))[choose_by] for of in (first, second)]
    behind = scores[1] < scores[0] if choose_by in LOWER_IS_BETTER else scores[1] > scores[0]
    return second if behind else first


def finding(first: Answers, second: Answers, result: Results, config: EvaluationConfig, seed: int) -> str:
    """What mixing is worth: the mixture against the one of the two that val prefers, sample by sample of the test."""
    better = better_on_val(first, second, result.fit["parameters"]["chosen_by"])
    rows, ours = better.of("test"), result.predictions
    difference = paired_difference(
        ours["correct"], rows["correct"], ours["group"], config.bootstrap, config.confidence, seed
    )
    verdict = (
        "which is no difference that can be told"
        if difference.low <= 0.0 <= difference.high
        else ("more than chance explains" if difference.mean > 0 else "less than it, by more than chance explains")
    )
    return (
        f"The mixture ({result.fit['description']}) is right on {share(ours['correct'].mean())} of {len(ours)} test "
        f"samples, {better.name}, the better of the two on val, on {share(rows['correct'].mean())}: "
        f"{points(difference.mean)} ({points(difference.low)} to {points(difference.high)}, "
        f"{100 * config.confidence:g} % over {ours['group'].nunique()} groups), {verdict}."
    )
