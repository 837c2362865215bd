"""Whether a candidate is not worse than the champion: both judged on the same test samples, sample by sample."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import REFERENCES
from seqpipe.metrics.intervals import Difference, paired_difference
from seqpipe.use.predictor import Answers

ACCURACY = "accuracy"


class Duel(NamedTuple):
    """Two models on the same test samples.

    Attributes:
        score: What both are judged by, as a leaderboard calls it.
        candidate, champion: Their accuracies; where each step is answered, the mean over the samples; where sentences
            are, the score of the whole test.
        difference: What the candidate is ahead by, with its interval.
        samples, groups: How many were compared.
    """

    score: str
    candidate: float
    champion: float
    difference: Difference
    samples: int
    groups: int

    @property
    def passed(self) -> bool:
        """Whether the candidate is not worse: as many right answers or more, or as good sentences or better."""
        return self.difference.mean >= 0


def duel(candidate: pd.DataFrame, champion: pd.DataFrame, config: EvaluationConfig, seed: int) -> Duel:
    """Compares two tables of predictions (of `Evaluation.predictions`) on the samples that both have.

    Raises:
        UserError: They have none in common, or do not say what is right.
    """
    ours, theirs = by_sample(candidate), by_sample(champion)
    both = ours.join(theirs["right"].rename("right_champion"), how="inner")
    if both.empty:
        raise UserError("The candidate and the champion have no test sample in common: `--force` moves it unjudged.")
    given = (config.bootstrap, config.confidence, seed)
    difference = paired_difference(both["right"], both["right_champion"], both["group"], *given)
    counts = (len(both), both["group"].nunique())
    return Duel(ACCURACY, float(both["right"].mean()), float(both["right_champion"].mean()), difference, *counts)


def by_sample(predictions: pd.DataFrame) -> pd.DataFrame:
    """By id, the group of each sample and what share of its labelled steps is right (of a clip: 0 or 1).

    Raises:
        UserError: The task's table says of no answer whether it is right.
    """
    if not {"id", "group", "label", "correct"} <= set(predictions):
        raise UserError("This task's predictions do not say what is right, so that two models cannot be compared.")
    labelled = predictions[predictions["label"] != ""]
    by_id = labelled.groupby("id", sort=True)
    return pd.DataFrame({"group": by_id["group"].first(), "right": by_id["correct"].mean()})


def answered_as(predictions: pd.DataFrame, answers: Answers, names: Sequence[str], paths: pd.Series) -> pd.DataFrame:
    """The rows of a table of predictions with what another model says of the same files in the place of its answers.

    Args:
        predictions: The table, of which truth and times are taken.
        answers: What the other one says.
        names: The other one's classes.
        paths: By id, where the sample lies.

    Returns:
        The rows of the samples that are answered. Of steps the nearest answer in time counts, or where they have no
        time that of the same number. Whether a sentence is right is not known then: its score is what counts.

    Raises:
        UserError: The other one has read other steps.
    """
    said = {path: n for n, path in enumerate(answers.samples["path"])}
    parts = []
    for id_, rows in predictions.groupby("id", sort=False):
        if (n := said.get(str(paths.get(id_)))) is not None:
            parts.append(rows.assign(predicted=_answers_at(rows, answers, n, names)))
    table = pd.concat(parts) if parts else predictions.iloc[:0]
    if REFERENCES in table:
        return table.drop(columns="correct")
    return table.assign(correct=table["label"] == table["predicted"])


def _answers_at(rows: pd.DataFrame, answers: Answers, n: int, names: Sequence[str]) -> list[str]:
    if isinstance(answers.answers[n], str):
        return [answers.answers[n]] * len(rows)
    given = np.asarray(answers.answers[n])
    if given.ndim == 0:
        return [names[int(given)]] * len(rows)
    if "time_s" not in rows:
        if rows["step"].max() >= len(given):
            raise UserError("The champion reads the samples in other steps, so that it cannot be judged: give --force.")
        return [names[k] for k in given[rows["step"].to_numpy()]]
    distance = np.abs(rows["time_s"].to_numpy()[:, None] - answers.times_s[n][None, : len(given)])
    return [names[k] for k in given[distance.argmin(axis=1)]]


def unseen(predictions: pd.DataFrame, samples: pd.DataFrame, learned: Collection[str]) -> pd.DataFrame:
    """The rows of samples whose content the champion has not learned from: of those it would know the answer.

    Args:
        predictions: The candidate's.
        samples: The candidate's samples: id, sha256.
        learned: Of the contents (sha256) that the champion was trained on or chosen by.
    """
    content = samples.set_index("id")["sha256"]
    return predictions[~predictions["id"].map(content).isin(set(learned))]
