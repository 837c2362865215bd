"""Whether a logistic regression of many classes on sparse vectors fits into the memory that there is."""

from __future__ import annotations

from seqpipe.core.errors import UserError
from seqpipe.runtime.machine import memory_bytes

ARRAYS_OF_WEIGHTS = 40
"""As large as the weights: ten steps and ten changes of the gradient that L-BFGS keeps, twice, as it was measured."""
ARRAYS_OF_SCORES = 3
"""A number for each example and class: scores, their gradient, and one on the way."""


def bytes_of_multinomial(examples: int, features: int, classes: int) -> int:
    """What fitting takes at its largest, about."""
    return 8 * classes * (ARRAYS_OF_WEIGHTS * (features + 1) + ARRAYS_OF_SCORES * examples)


def check_multinomial_fits(examples: int, features: int, classes: int) -> None:
    """Raises a UserError where fitting takes more memory than the machine has; where it does not tell, all fits."""
    needed, there = bytes_of_multinomial(examples, features, classes), memory_bytes()
    if there and needed > there:
        raise UserError(
            f"A logistic regression of {classes} classes, on {examples} vectors of {features} different runs of "
            f"tokens, takes about {1e-9 * needed:.1f} GB, and this machine has {1e-9 * there:.1f} GB: lower "
            "text.vocabulary or ngrams of `linear`, or give fewer texts."
        )
