"""How well the next token is foretold: pure functions on arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from seqpipe.metrics.classification import Floats, Ints

SMALLEST = 1e-9
"""A probability below it counts as this: a token that a model holds for impossible costs much, and not everything."""
TOP = 5


def losses(p: Floats) -> Floats:
    """(n,) -log p of the probabilities that the true tokens were given."""
    return -np.log(np.maximum(p, SMALLEST))


def ranks(t: Ints, proba: Floats) -> Ints:
    """(n,) the place of each true token among all by their probability, from 1; of equals the worst."""
    own = proba[np.arange(len(t)), t]
    return (proba >= own[:, None]).sum(axis=1)


def likeliest(proba: Floats) -> Ints:
    """(n, `TOP`) the most probable tokens of (n, V), the surest first, of equals the first; all where V is smaller."""
    left, rows = proba.copy(), np.arange(len(proba))
    places = np.zeros((len(proba), min(TOP, proba.shape[1])), np.int64)
    for column in places.T:  # a few passes; to sort all of V would take many times as long
        column[:] = left.argmax(axis=1)
        left[rows, column] = -1.0
    return places


def perplexity(p: Floats) -> float:
    """exp of the mean of -log p: among how many tokens the choice was as hard as among that many alike ones."""
    return float(np.exp(losses(p).mean()))


def next_token_scores(t: Ints, proba: Floats) -> dict[str, float]:
    """``perplexity``, ``accuracy`` of the most probable token, and ``top5``, over n tokens.

    Args:
        t: (n,) the true tokens.
        proba: (n, V).

    Returns:
        Each of them; not a number where there is no token.
    """
    if not len(t):
        return dict.fromkeys(("perplexity", "accuracy", "top5"), float("nan"))
    place = ranks(t, proba)
    return {
        "perplexity": perplexity(proba[np.arange(len(t)), t]),
        "accuracy": float((proba.argmax(axis=1) == t).mean()),
        "top5": float((place <= TOP).mean()),
    }


def combined_scores(parts: Sequence[Mapping[str, float]], counts: Sequence[int]) -> dict[str, float]:
    """`next_token_scores` of all tokens, from those of each part and how many tokens it has."""
    told = [(scores, count) for scores, count in zip(parts, counts, strict=True) if count]
    if not told:
        return next_token_scores(np.zeros(0, np.int64), np.zeros((0, 1)))
    weights = [count for _, count in told]

    def mean(of: str) -> float:
        values = [scores[of] for scores, _ in told]
        return float(np.average(np.log(values) if of == "perplexity" else values, weights=weights))

    return {"perplexity": float(np.exp(mean("perplexity"))), "accuracy": mean("accuracy"), "top5": mean("top5")}
