"""A solver that is cut short says so in a sentence, where scikit-learn takes nine lines."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

logger = logging.getLogger(__name__)


@contextmanager
def told_if_cut_short(kind: str, max_iter: int) -> Iterator[None]:
    """Tells where a fit within stopped at its last iteration; other warnings are shown as they are."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        yield
    for one in said:
        if not issubclass(one.category, ConvergenceWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if any(issubclass(one.category, ConvergenceWarning) for one in said):
        logger.info(
            "%s: the solver stopped after %d iterations, before its end; a higher %s.max_iter may change answers a "
            "little.",
            *(kind, max_iter, kind),
        )
