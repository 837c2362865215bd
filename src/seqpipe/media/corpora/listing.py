"""Rows of a corpus listing: what every reader returns."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import file_kind, sequence_kind
from seqpipe.media.corpora.names import words
from seqpipe.media.frames import MediaType, Reason
from seqpipe.media.parts.paths import split_part
from seqpipe.media.text import normal_text

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
"""What corpora call their splits, in lower case, and what they are called here."""
DRESS_WORDS = words(
    """set sets data dataset datasets split splits part folder folders dir files samples examples image images img imgs
    pictures photos video videos clip clips frame frames"""
)
"""Words around the name of a split that say nothing."""
GLUED = re.compile(f"({'|'.join(SPLIT_NAMES)})({'|'.join(DRESS_WORDS)})")


class Row(NamedTuple):
    """One sample before it is looked into; ``split`` and ``group`` are None where the corpus names none.

    With a ``reason`` and its ``detail``, a sentence, it is no sample: it goes to the quarantine unopened, and counts.
    ``others`` is what a list says besides, by its columns; ``references`` are the sentences that are told of it.
    """

    path: Path
    kind: MediaType
    label: str | None
    split: str | None = None
    group: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    others: Mapping[str, str] = MappingProxyType({})
    references: tuple[str, ...] = ()

    def rejected(self, reason: Reason, detail: str) -> Row:
        """The row for the quarantine."""
        return self._replace(reason=reason, detail=detail)


def sample_id(path: Path, root: Path) -> str:
    """The sample's path relative to the corpus, with forward slashes."""
    return Path(os.path.relpath(path, root)).as_posix()


def kind_of(path: Path) -> MediaType:
    """Folder of frames, image, or video: also where the name promises nothing, for probing decides.

    A part of a file is of the kind that the file's name promises.
    """
    if os.path.isdir(path):  # Path.is_dir raises where it may not look
        return "frames"
    return (None if split_part(path) else file_kind(path)) or sequence_kind(path)


def split_of(name: str) -> str | None:
    """train, val or test for a name that says only that, in any dress (``Training_Set``, ``val2017``), else None."""
    said = [word for word in _words(name) if word not in DRESS_WORDS]
    return SPLIT_NAMES.get(said[0]) if len(said) == 1 else None


def splits_in(name: str) -> set[str]:
    """The splits that any word of the name reads like: train for ``train_small``, and for ``train_station``."""
    return {SPLIT_NAMES[word] for word in _words(name) if word in SPLIT_NAMES}


def _words(name: str) -> list[str]:
    """The words of a name in lower case, without numbers, ``trainset`` taken apart."""
    parts = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", normal_text(name)))
    words = [match.groups() if (match := GLUED.fullmatch(part.casefold())) else (part.casefold(),) for part in parts]
    return [word for pair in words for word in pair]


def split_named(name: str, where: str) -> str | None:
    """train, val or test for what a corpus calls it, None for an empty name; raises UserError otherwise."""
    if not normal_text(name):
        return None
    if split := split_of(name):
        return split
    raise UserError(f"Unknown split {name!r} in {where}: expected train, val or test (or nothing); mend that value.")
