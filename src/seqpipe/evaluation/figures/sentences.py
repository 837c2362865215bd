"""Figures of models of sentences."""

from __future__ import annotations

from seqpipe.evaluation.base import Judged


def sentence_figures(judged: Judged) -> dict[str, bytes]:
    """PNG bytes by name."""
    return {}
