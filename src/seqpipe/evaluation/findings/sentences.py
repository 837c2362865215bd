"""What sets models of sentences apart, and what is wrong with one: it says one sentence to everything, or copies."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.report.formats import share
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import COPIED, HUMAN, KNOWN, scores_of
from seqpipe.metrics.intervals import Difference
from seqpipe.metrics.sentences.flavours import Kind

DECODER = "decoder_"
"""How the names of models begin that are nets."""
CAPTIONER = "captioner"
LOOKING = "decoder_attention"
ALMOST_ALL = 0.8
"""The share of answers from which on they are doubted: the same sentence, or sentences of train."""
FEWEST = 5
"""Answers of which that can be said."""


def ahead(model: Results, reference: Results, kind: Kind, score: str) -> Difference:
    """What a model is ahead of another by, on the same test samples, with its interval over groups."""
    config = EvaluationConfig.model_validate(model.evaluation)
    ours, theirs = (of.predictions.sort_values("id", ignore_index=True) for of in (model, reference))
    drawn = (config.bootstrap, config.confidence, int(model.fit["seed"]))
    return scores_of(ours, kind).paired_difference(score, scores_of(theirs, kind), *drawn)


def sentence_contrast(leaderboard: pd.DataFrame, results: Mapping[str, Results], kind: Kind, primary: Column) -> str:
    """Of the decoders: the best on val over the best model without a net, and attention over those without.

    Beside them what a human reaches, where there is one; empty where there is nothing to hold against each other.
    """
    nets = [name for name in results if name.startswith(DECODER) or name == CAPTIONER]
    plain = [name for name in results if name not in nets]
    if not nets or not plain:
        return ""
    best, beaten = (
        max(names, key=lambda name: float(results[name].fit[f"val_{primary.key}"])) for names in (nets, plain)
    )
    told = [f"In {primary.heading}, {best} is {_told(results, best, beaten, kind, primary)}."]
    if LOOKING in nets and len(nets) > 1:
        others = (_told(results, LOOKING, name, kind, primary) for name in nets if name != LOOKING)
        told.append(f"Attention is {', '.join(others)}.")
    rows = leaderboard.set_index("model")[primary.key]
    if HUMAN in rows:
        told.append(
            f"A human has {rows[HUMAN]:.3f}: the first reference of each sample against its others, one fewer than the "
            "models are held against."
        )
    config = EvaluationConfig.model_validate(results[best].evaluation)
    return (
        f"{' '.join(told)} In brackets: {100 * config.confidence:g} % intervals of the difference on the same samples."
    )


def _told(results: Mapping[str, Results], model: str, other: str, kind: Kind, primary: Column) -> str:
    difference = ahead(results[model], results[other], kind, primary.key)
    mean, low, high = (f"{round(value, 3) + 0.0:+.3f}" for value in difference)  # no minus before nothing
    where = "behind" if difference[0] < 0 else "ahead of"
    return f"{where} {other} by {mean.lstrip('+-')} ({low} to {high})"


def one_for_all(name: str, results: Results) -> str:
    """That a trained model says one sentence to almost everything, though that is right of less; else nothing."""
    answers = results.predictions["predicted"]
    if not _trained(results) or len(answers) < FEWEST:
        return ""
    same = answers == answers.value_counts(sort=True).index[0]
    right = float(results.predictions["correct"][same].mean())
    if same.mean() < ALMOST_ALL or right >= ALMOST_ALL:
        return ""
    return (
        f"{name} says one sentence to {share(same.mean())} of the test samples, “{answers[same].iloc[0]}”, which is a "
        f"reference of {share(right)} of them: it has learned what is often said, and not to tell samples apart."
    )


def copying(name: str, results: Results) -> str:
    """That a trained model says sentences of train to almost all, though few samples have one; else nothing."""
    table = results.predictions
    if not _trained(results) or len(table) < FEWEST or not {COPIED, KNOWN} <= set(table):
        return ""
    copies, known = float(table[COPIED].mean()), float(table[KNOWN].mean())
    if copies < ALMOST_ALL or known >= ALMOST_ALL * copies:
        return ""
    return (
        f"{share(copies)} of what {name} says are sentences of train word by word, while {share(known)} of the test "
        "samples have a reference that is one: it recalls sentences instead of making them."
    )


def _trained(results: Results) -> bool:
    """Whether it has trained parameters: what a baseline says, it is made to say."""
    return bool(results.fit.get("trainable_parameters"))
