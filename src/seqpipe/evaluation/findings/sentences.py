"""What sets models of sentences apart: each decoder over what every model has to beat, on the same samples."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import HUMAN, scores_of
from seqpipe.metrics.intervals import Difference
from seqpipe.metrics.sentences.flavours import Kind

DECODER = "decoder_"
"""How the names of models begin that are nets."""
LOOKING = "decoder_attention"


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
    nets = [name for name in results if name.startswith(DECODER)]
    plain = [name for name in results if not name.startswith(DECODER)]
    if not nets or not plain:
        return ""
    best, beaten = (
        max(names, key=lambda name: float(results[name].fit[f"val_{primary.key}"])) for names in (nets, plain)
    )
    told = [f"In {primary.heading}, {best} is ahead of {beaten} by {_told(results, best, beaten, kind, primary)}."]
    if LOOKING in nets and len(nets) > 1:
        others = (f"of {name} by {_told(results, LOOKING, name, kind, primary)}" for name in nets if name != LOOKING)
        told.append(f"Attention is ahead {', '.join(others)}.")
    rows = leaderboard.set_index("model")[primary.key]
    if HUMAN in rows:
        told.append(f"A human, one reference against the others, has {rows[HUMAN]:.3f}.")
    config = EvaluationConfig.model_validate(results[best].evaluation)
    return (
        f"{' '.join(told)} In brackets: {100 * config.confidence:g} % intervals of the difference on the same samples."
    )


def _told(results: Mapping[str, Results], model: str, other: str, kind: Kind, primary: Column) -> str:
    difference = ahead(results[model], results[other], kind, primary.key)
    return f"{difference.mean:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
