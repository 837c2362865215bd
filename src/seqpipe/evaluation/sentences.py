"""Sentences: the table of predictions, a row a sample, and what it says of the test split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import FeatureDataset
from seqpipe.evaluation.base import COUNTED, LOG_P
from seqpipe.evaluation.results import Results
from seqpipe.metrics.sentences.exact import copied, distinct_share, exact_matches
from seqpipe.metrics.sentences.flavours import FLAVOURS, Kind
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.modalities.base import READ
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.tasks.sentences import Said

HUMAN = "human"
"""The row of the leaderboard that is no model: the first reference of each sample, held against its others."""
REFERENCES, BEAMS, SCORES, TOKENS, ATTENTION, STEPS = "references", "beams", "scores", "tokens", "attention", "steps"
COPIED, KNOWN = "copied", "known"
"""Columns of what is, word by word, a sentence of train: the answer, and one of the sample's references."""


def sentence_table(data: Dataset, said: np.ndarray, answers: np.ndarray, kind: Kind) -> pd.DataFrame:
    """A row a sample.

    Returns:
        Columns id, split, group, predicted, label (the first reference), `REFERENCES` (all), correct (whether it is one
        of them, as the task compares them), confidence (exp of the mean of log p over its tokens; not a number where
        the model knows none), `BEAMS` and `SCORES` (the sentences that were found, the best first, and what they are
        compared by), `TOKENS` (of the best), `ATTENTION` (what was looked at for each of them, in a row) with `STEPS`
        (how many places each of them has), times_s of the steps, and of a source of tokens `READ`, its tokens.
    """
    each: list[Said] = said.tolist()
    targets = data.targets
    assert isinstance(targets, SentenceTargets), "sentences are judged by sentences"
    compared = FLAVOURS[kind].compared
    right = exact_matches(
        [compared(text) for text in answers], [[compared(t) for t in of] for of in targets.references]
    )
    looked = [one.beams[0].attention for one in each]
    times_s = data.clip_times_s()
    table = {
        "id": data.ids,
        "split": data.splits,
        "group": data.groups,
        "predicted": answers,
        "label": [of[0] for of in targets.references],
        REFERENCES: [list(of) for of in targets.references],
        "correct": right,
        "confidence": [one.beams[0].confidence for one in each],
        BEAMS: [[beam.text for beam in one.beams] for one in each],
        SCORES: [[beam.score for beam in one.beams] for one in each],
        TOKENS: [list(one.beams[0].tokens) for one in each],
        ATTENTION: [[] if of is None else of.astype(np.float32).ravel().tolist() for of in looked],
        STEPS: [0 if of is None or not len(of) else of.shape[1] for of in looked],
        "times_s": [[*map(float, times_s[str(id_)])] for id_ in data.ids],
    }
    if isinstance(data, FeatureDataset) and data.tokens:
        table[READ] = [list(read) for read in data.read_tokens()]
    return pd.DataFrame(table)


def with_copies(table: pd.DataFrame, data: Dataset, kind: Kind) -> pd.DataFrame:
    """The table with `COPIED` and `KNOWN`, by the training sentences of the whole D'."""
    train = data.part("train").targets
    assert isinstance(train, SentenceTargets), "sentences are judged by sentences"
    compared = FLAVOURS[kind].compared
    known = {compared(text) for of in train.references for text in of}
    own = [any(compared(text) in known for text in of) for of in table[REFERENCES]]
    copies = pd.Series(copied([compared(text) for text in table["predicted"]], known), table.index)
    return table.assign(**{COPIED: copies, KNOWN: pd.Series(own, table.index, dtype=bool)})


def scores_of(predictions: pd.DataFrame, kind: Kind) -> SentenceScores:
    """The scores of a table of predictions."""
    references = [list(of) for of in predictions[REFERENCES]]
    return SentenceScores(predictions["predicted"].tolist(), references, predictions["group"].tolist(), kind)


def sentence_metrics(
    predictions: pd.DataFrame, config: EvaluationConfig, seed: int, kind: Kind, primary: str
) -> dict[str, float]:
    """What a split says: every score of this kind of sentences, and the interval of the ``primary`` one, over groups.

    Also ``perplexity`` of the references, where the model knows one; ``distinct``, the share of different answers;
    ``copied``, that of training sentences; ``words``, the mean length; ``n_test``, ``n_groups``.
    """
    scores = scores_of(predictions, kind)
    low, high = scores.interval(primary, config.bootstrap, config.confidence, seed)
    metrics: dict[str, float] = scores.values() | {f"{primary}_low": low, f"{primary}_high": high}
    if LOG_P in predictions:
        metrics["perplexity"] = float(np.exp(-predictions[LOG_P].sum() / predictions[COUNTED].sum()))
    if COPIED in predictions:
        metrics["copied"] = float(predictions[COPIED].mean())
    return metrics | {
        "distinct": distinct_share(scores.compared_answers),
        "words": float(np.mean([len(words) for words in scores.answer_words])),
        "n_test": len(predictions),
        "n_groups": int(predictions["group"].nunique()),
    }


def human_rows(results: Mapping[str, Results], kind: Kind, primary: str) -> list[dict[str, Any]]:
    """The row of `HUMAN`: one reference against the others, of the samples that have several; none where none has."""
    of = next(iter(results.values()))
    several = of.predictions[of.predictions[REFERENCES].map(len) > 1]
    if several.empty:
        return []
    told = several.assign(predicted=[texts[0] for texts in several[REFERENCES]])
    told[REFERENCES] = [list(texts[1:]) for texts in several[REFERENCES]]
    told = told.drop(columns=[name for name in (LOG_P, COUNTED, COPIED) if name in told])
    config = EvaluationConfig.model_validate(of.evaluation)
    return [{"model": HUMAN, **sentence_metrics(told, config, int(of.fit["seed"]), kind, primary)}]


SENTENCES, WORDS = "sentences", "words"
"""Columns of `counted_sentences`: how many a sample has, and the words of all of them."""


def counted_sentences(data: FeatureDataset, kind: Kind) -> pd.DataFrame:
    """A row a sample: label (empty: there are no classes), split, group, `SENTENCES`, `WORDS`."""
    targets = data.targets
    assert isinstance(targets, SentenceTargets), "sentences are judged by sentences"
    words_of = FLAVOURS[kind].words_of
    counts = [len(of) for of in targets.references]
    words = [sum(len(words_of(text)) for text in of) for of in targets.references]
    who = {"label": "", "split": data.splits, "group": data.groups}
    return pd.DataFrame({**who, SENTENCES: counts, WORDS: words})
