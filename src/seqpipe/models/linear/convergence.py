"""A solver that is cut short says so in a sentence, where scikit-learn takes nine lines."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

logger = logging.getLogger(__name__)

OF_STEPS = re.compile("ITERATIONS REACHED LIMIT|increase the number of iterations|terminated early", re.IGNORECASE)
"""How L-BFGS, LIBLINEAR and LIBSVM say that they were not given more steps; all else is another trouble."""


@contextmanager
def told_if_cut_short(kind: str, max_iter: int) -> Iterator[None]:
    """Tells where a fit within stopped at its last iteration; other warnings are shown as they are."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            yield
    finally:
        cut = [
            one for one in said if issubclass(one.category, ConvergenceWarning) and OF_STEPS.search(str(one.message))
        ]
        for one in said:
            if one not in cut:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        if cut:
            logger.info(
                "%s: the solver stopped after %d iterations, before its end; a higher %s.max_iter may change answers a "
                "little.",
                *(kind, max_iter, kind),
            )
