"""How well the next token is foretold: pure functions on arrays."""

from __future__ import annotations

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


def perplexity(p: Floats) -> float:
    """exp of the mean of -log p: among how many tokens the choice was as hard as among that many alike ones."""
    return float(np.exp(losses(p).mean()))


def next_token_scores(t: Ints, proba: Floats) -> dict[str, float]:
    """``perplexity``, ``accuracy`` of the most probable token, and ``top5``, over n tokens.

    Args:
        t: (n,) the true tokens.
        proba: (n, V).
    """
    place = ranks(t, proba)
    return {
        "perplexity": perplexity(proba[np.arange(len(t)), t]),
        "accuracy": float((proba.argmax(axis=1) == t).mean()),
        "top5": float((place <= TOP).mean()),
    }
