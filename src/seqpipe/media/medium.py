"""What reading a corpus and probing its files must know of a modality: which files are samples, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from seqpipe.config import CorpusConfig


@dataclass(frozen=True)
class Facts:
    """What reading a sample from end to end has shown; a modality adds fields of its own, which become columns.

    Attributes:
        length: Steps: frames of a video, rows of a table of measurements, tokens of a text.
        rate: Steps a second.
        duration_s: What the steps fill, in seconds.
        remark: What was read otherwise than it lies there, in sentences of a fixed wording that can be counted.
    """

    length: int
    rate: float
    duration_s: float
    remark: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Probe:
    """The facts of a sample by their columns, and the bytes that they hold for: ``sha256`` in hex, ``bytes`` in all."""

    facts: Mapping[str, Any]
    sha256: str
    bytes: int

    @property
    def rate(self) -> float:
        """Steps a second."""
        return float(self.facts["rate"])

    @property
    def duration_s(self) -> float:
        """What the steps fill, in seconds."""
        return float(self.facts["duration_s"])

    def columns(self) -> dict[str, Any]:
        """Its part of a row of the samples' table."""
        return {**self.facts, "sha256": self.sha256, "bytes": self.bytes}


@dataclass(frozen=True)
class FileTypes:
    """Which files are samples, where these are no pictures.

    Attributes:
        kinds: What a file is called in the column ``kind``, by its suffix in lower case, with the dot; all other files
            lie beside the data.
        words: What the samples are called on the screen: ``recordings``.
        containers: Endings of files that may hold several samples, each under a key (`seqpipe.media.parts`): ``.npz``,
            ``.csv``, ``.tsv``, ``.parquet``.
        arrays: Names of arrays that are one sample together: an .npz that has no others is a sample itself.
        cells: Names of the columns of a table that hold a sample a row: ``text``.
        alike: Facts in which all samples must be alike: what most have decides, the others are set aside.
    """

    kinds: Mapping[str, str]
    words: str
    containers: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    cells: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


class Medium(Protocol):
    """A modality as ingest sees it.

    ``files``: which files are samples; None: videos, folders of frames, and images. ``columns``: the fields that its
    facts have beside those of all. ``version``: raised when the same bytes are judged or measured differently: what
    was remembered of them then lapses.
    """

    @property
    def files(self) -> FileTypes | None: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def version(self) -> Any: ...

    def measure(self, path: str, kind: str, config: CorpusConfig) -> Facts:
        """Reads the whole sample for real; raises InvalidSample where it cannot be used."""


_LISTED: ContextVar[FileTypes | None] = ContextVar("listed", default=None)


@contextmanager
def reading_for(files: FileTypes | None) -> Iterator[None]:
    """While the block runs, a corpus is read for these files.

    Every reader of a layout asks what a file is, at any depth, and none of them cares for the answer's reasons.
    """
    token = _LISTED.set(files)
    try:
        yield
    finally:
        _LISTED.reset(token)


def listed_files() -> FileTypes | None:
    """The files that the corpus is being read for; None: videos, folders of frames, and images."""
    return _LISTED.get()
