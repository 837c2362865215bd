"""Whether a candidate that says sentences is not worse than the champion: by the score that orders the leaderboard."""

from __future__ import annotations

import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import REFERENCES
from seqpipe.evaluation.report.section import Column
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.use.promotion import Duel


def sentence_duel(
    candidate: pd.DataFrame, champion: pd.DataFrame, config: EvaluationConfig, seed: int, kind: Kind, primary: Column
) -> Duel:
    """Compares two tables of predictions (id, group, predicted, references) on the samples that both have.

    Both are held against the candidate's references: scores can be compared only of the same ones.

    Args:
        candidate, champion: The tables.
        config, seed: How the interval of the difference is drawn.
        kind: What the sentences are.
        primary: The score.

    Raises:
        UserError: They have no sample in common, or do not say what the sentences are held against.
    """
    if not all({"id", "group", "predicted"} <= set(table) for table in (candidate, champion)) or (
        REFERENCES not in candidate
    ):
        raise UserError("These predictions do not say what is right, so that two models cannot be compared.")
    theirs = champion.set_index("id")["predicted"].rename("predicted_champion")
    both = candidate.set_index("id").join(theirs, how="inner").sort_index()
    if both.empty:
        raise UserError("The candidate and the champion have no test sample in common: `--force` moves it unjudged.")
    ours, other = (_scores(both, column, kind) for column in ("predicted", "predicted_champion"))
    difference = ours.paired_difference(primary.key, other, config.bootstrap, config.confidence, seed)
    counts = (len(both), both["group"].nunique())
    return Duel(primary.heading, ours.value(primary.key), other.value(primary.key), difference, *counts)


def _scores(both: pd.DataFrame, column: str, kind: Kind) -> SentenceScores:
    references = [list(of) for of in both[REFERENCES]]
    return SentenceScores(both[column].tolist(), references, both["group"].tolist(), kind)
