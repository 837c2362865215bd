"""A modality: what a sample is, and how it becomes a sequence of vectors."""

from __future__ import annotations

from typing import Protocol

from seqpipe.encoders.base import SequenceEncoder
from seqpipe.media.medium import Medium


class Modality(Medium, Protocol):
    """What ingest and features ask: which files are samples, how they are measured, what makes vectors of them.

    ``encoder`` is None where the samples are pictures: a CNN, the backbone, reads those.
    """

    @property
    def encoder(self) -> SequenceEncoder | None: ...
