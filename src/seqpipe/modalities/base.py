"""A modality: what a sample is, and how it becomes a sequence of vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seqpipe.encoders.base import SequenceEncoder
from seqpipe.media.medium import Medium
from seqpipe.media.row_times import RowTimes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Modality(Medium, Protocol):
    """What ingest and features ask: which files are samples, how they are measured, what makes vectors of them.

    ``encoder`` is None where the samples are pictures: a CNN, the backbone, reads those. One whose samples can be shown
    is `Drawable` as well, one whose rows may lie at any times `OfRows`.
    """

    @property
    def encoder(self) -> SequenceEncoder | None: ...


@dataclass(frozen=True)
class Drawing:
    """A sample, ready to be drawn: whatever could fail has been read.

    Attributes:
        aspect: Height over width at which it is best seen.
        onto: Draws it onto axes, which have the report's letters and lines; title and size are not its business.
    """

    aspect: float
    onto: Callable[[Axes], None]


READ, WEIGHTS = "read", "weights"
"""Columns of predictions on samples of tokens: the tokens as the model has read them, and what each did for the answer;
empty lists where it was not asked."""


@runtime_checkable
class Drawable(Protocol):
    """What a modality has besides, where its samples can be shown in a report."""

    def drawing(self, sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
        """A sample as the model was shown it.

        Args:
            sample: Its row of the samples' table: ``path``, ``kind``, ``length``, ``rate``, ``duration_s``, and the
                modality's own columns; with `READ` and `WEIGHTS` where the predictions have them.
            times_s: The times of the steps that the model was shown, in seconds.

        Raises:
            InvalidSample, OSError, ValueError: The file is gone, or can no longer be read.
        """


@runtime_checkable
class OfRows(Protocol):
    """What a modality has besides, where steps are not the rows that were recorded, and annotations may count these."""

    def row_times(self, path: str) -> RowTimes:
        """When the rows of a sample that is measured were recorded.

        Raises:
            InvalidSample, OSError: The file is gone, or can no longer be read.
        """
