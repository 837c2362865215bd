"""Rows of a corpus listing: what every reader returns."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqpipe.errors import UserError
from seqpipe.media.files import folder_frames, printable, suffix_kind, visible
from seqpipe.media.frames import Kind, Reason

logger = logging.getLogger(__name__)

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


class Row(NamedTuple):
    """One sample before it is looked into; ``split`` and ``group`` are None where the corpus names none.

    With a ``reason`` and its ``detail``, a sentence, it is no sample: it goes to the quarantine unopened, and counts.
    """

    path: Path
    kind: Kind
    label: str | None
    split: str | None = None
    group: str | None = None
    reason: Reason | None = None
    detail: str | None = None

    def rejected(self, reason: Reason, detail: str) -> Row:
        """The row for the quarantine."""
        return self._replace(reason=reason, detail=detail)


def sample_id(path: Path, root: Path) -> str:
    """The sample's path relative to the corpus, with forward slashes."""
    return Path(os.path.relpath(path, root)).as_posix()


def kind_of(path: Path) -> Kind:
    """Folder of frames, image, or video: also where the name promises nothing, for probing decides."""
    if path.is_dir():
        return "frames"
    return suffix_kind(path) or "video"


def class_rows(folder: Path, label: str, split: str | None = None) -> list[Row]:
    """The samples in a class folder, at any depth: videos and folders of frames, else its loose images.

    Images beside videos or folders of frames are previews of them, not samples of their own.
    """
    loose: list[Row] = []
    sequences: list[Row] = []
    ignored: list[Path] = []
    for entry in visible(folder):
        if entry.is_dir():
            sequences += _nested_rows(entry, label, split)
        elif (kind := suffix_kind(entry)) is None:
            ignored.append(entry)
        else:
            (loose if kind == "image" else sequences).append(Row(entry, kind, label, split))
    if sequences and loose:
        ignored += [row.path for row in loose]
    tell_ignored(folder, ignored)
    if not sequences and not loose:
        logger.warning("%s holds no videos or images; nothing is taken from it.", printable(str(folder)))
    return sequences or loose


def _nested_rows(folder: Path, label: str, split: str | None) -> list[Row]:
    """A folder inside a class folder: one sample where it holds images, else what lies further down."""
    if folder.is_symlink() and folder.resolve() in folder.absolute().parents:
        return []  # a link back up would go round for ever
    if folder_frames(folder):
        return [Row(folder, "frames", label, split)]
    return class_rows(folder, label, split)


def tell_ignored(folder: Path, ignored: Sequence[Path]) -> None:
    """Names what is passed over: nothing of a corpus is dropped silently."""
    if ignored:
        names = ", ".join(printable(p.name) for p in ignored[:3]) + (", ..." if len(ignored) > 3 else "")
        logger.info("Ignored %d file(s) in %s that are no samples: %s", len(ignored), printable(str(folder)), names)


def split_named(name: str, where: str) -> str | None:
    """train, val or test for what a corpus calls it, None for an empty name; raises UserError otherwise."""
    if not name.strip():
        return None
    try:
        return SPLIT_NAMES[name.strip().casefold()]
    except KeyError:
        raise UserError(
            f"Unknown split {name!r} in {where}: expected train, val or test (or nothing); mend that value."
        ) from None
