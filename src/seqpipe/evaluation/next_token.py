"""Language modelling: the table of predictions, a row a token, and what it says of the test split."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.metrics.intervals import mean_interval
from seqpipe.metrics.language import TOP, likeliest, losses, perplexity, ranks
from seqpipe.metrics.segments import UNLABELLED

CLOSING = "closing"
"""Whether a row foretells the last token of its text, behind which the text ends; of one that was cut none does."""


def next_token_table(data: FeatureDataset, proba: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    """A row for each token and the one that follows it.

    Returns:
        Columns id, split, group, step, given (the token that is read), label (the one that follows), predicted,
        correct, confidence (of the predicted one), p (of the one that follows), rank (of that, from 1), likely and
        likely_p (the `TOP` most probable ones, a list each), unknown (whether train does not have the one that
        follows), `CLOSING`.
    """
    n, step = np.nonzero(data.t != UNLABELLED)
    truth, given = data.t[n, step], proba[n, step]
    names = np.array(data.class_names, object)
    likely = likeliest(given)
    ends = data.t == len(data.tokens)  # where the end is foretold; of a text that may go on it is nowhere
    before_end = np.pad(ends[:, 1:], ((0, 0), (0, 1)))
    return pd.DataFrame(
        {
            "id": data.ids[n],
            "split": data.splits[n],
            "group": data.groups[n],
            "step": step,
            "given": names[np.asarray(data.x[:])[n, step, 0].astype(np.int64)],
            "label": names[truth],
            "predicted": names[answers[n, step]],
            "correct": answers[n, step] == truth,
            "confidence": given.max(axis=1),
            "p": given[np.arange(len(n)), truth],
            "rank": ranks(truth, given),
            "likely": list(names[likely]),
            "likely_p": list(np.take_along_axis(given, likely, axis=1)),
            "unknown": truth == 0,
            CLOSING: before_end[n, step],
        }
    )


def next_token_metrics(predictions: pd.DataFrame, config: EvaluationConfig, seed: int) -> dict[str, float]:
    """What a split says: ``perplexity`` with its interval, bootstrapped over groups; ``accuracy``, ``top5``.

    Also ``last_accuracy``, that of the last token of each text, be it a word or a mark; ``unknown``, the share of
    tokens that train does not have; ``n_test`` (texts), ``n_groups``, ``n_tokens``.
    """
    p, groups = predictions["p"].to_numpy(np.float64), predictions["group"].to_numpy()
    low, high = mean_interval(losses(p), groups, config.bootstrap, config.confidence, seed)
    closing = predictions[predictions[CLOSING]]
    return {
        "perplexity": perplexity(p),
        "perplexity_low": float(np.exp(low)),
        "perplexity_high": float(np.exp(high)),
        "accuracy": float(predictions["correct"].mean()),
        "top5": float((predictions["rank"] <= TOP).mean()),
        "last_accuracy": float(closing["correct"].mean()) if len(closing) else float("nan"),
        "unknown": float(predictions["unknown"].mean()),
        "n_test": int(predictions["id"].nunique()),
        "n_groups": int(predictions["group"].nunique()),
        "n_tokens": len(predictions),
    }


def counted_tokens(data: FeatureDataset) -> pd.DataFrame:
    """A row a token that is foretold: label (what kind of token it is), split, group."""
    n, step = np.nonzero(data.t != UNLABELLED)
    t = data.t[n, step]
    kind = np.where(t == len(data.tokens), "the end", np.where(t == 0, "unknown tokens", "known tokens"))
    return pd.DataFrame({"label": kind, "split": data.splits[n], "group": data.groups[n]})
