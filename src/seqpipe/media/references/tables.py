"""Tables of sentences: which columns hold them, and which tables of a folder are read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.listing import split_of
from seqpipe.media.corpora.manifests import MANIFEST_SUFFIXES
from seqpipe.media.corpora.text_files import Line, Sheet
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.tables import cell_text, plain, read_table
from seqpipe.media.text import normal_text

CAPTION = (
    *("caption", "captions", "sentence", "sentences", "description", "reference", "references", "comment"),
    *("transcript", "transcription", "summary", "text"),
)
"""What the columns of captions are called, the first that is there."""
PREFERRED = ("captions", "pairs", "manifest")
"""Stems of the table that is taken where several in a folder come into question."""


class SplitFile(NamedTuple):
    """A file of a corpus, and the split that its name tells; None: it tells none."""

    file: Path
    split: str | None


def sentence_columns(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """The columns called by the first of the words that any is called by: ``caption``, or ``caption_1``, ``caption2``.

    Args:
        names: Of a table's columns.
        words: What such columns are called, in the form of ``plain``.
    """
    for word in words:
        numbered = re.compile(rf"{word}_?\d*")
        if found := [name for name in names if numbered.fullmatch(plain(name))]:
            return found
    return []


def tables_at(root: Path, fits: Callable[[Path], bool]) -> list[SplitFile]:
    """The table that ``root`` is, or of a folder those that fit: one, or one for each split, named after it.

    Raises:
        UserError: Several fit, whose names tell neither splits nor which is meant.
    """
    if root.is_file():
        return [SplitFile(root, None)] if root.suffix.casefold() in MANIFEST_SUFFIXES and fits(root) else []
    found = [entry for entry in visible(root) if entry.suffix.casefold() in MANIFEST_SUFFIXES and os.path.isfile(entry)]
    found = [file for file in found if fits(file)]
    splits = [split_of(file.stem) for file in found]
    if len(found) > 1 and None not in splits and len(set(splits)) == len(splits):
        return [SplitFile(file, split) for file, split in zip(found, splits, strict=True)]
    named = [file for stem in PREFERRED for file in found if file.stem.casefold() == stem]
    if len(found) > 1 and not named:
        raise UserError(
            f"{root} holds several tables of sentences ({', '.join(file.name for file in found)}): name one of them "
            "by corpus.path, call them train, val and test, or lay them together in one with a column split."
        )
    return [SplitFile(file, None) for file in named[:1] or found]


def sheet_of(file: Path) -> Sheet:
    """The table as texts, its lines numbered as for parts of it; no line is a comment.

    Raises:
        UserError: It is none, or broken.
    """
    try:
        frame = read_table(file).frame
    except InvalidSample as unusable:
        raise UserError(f"{unusable.detail} Mend {file}, or write it as a .csv.") from unusable
    names = list(frame.columns)
    rows = frame.itertuples(name=None)
    return Sheet(names, [Line(number, dict(zip(names, map(cell_text, cells), strict=True))) for number, *cells in rows])


def sentences_by_line(file: Path, columns: Sequence[str]) -> dict[int, list[str]]:
    """What stands in these columns of each line, by its number: a cell of a Parquet file may be a list of sentences."""
    frame = read_table(file).frame[list(columns)]
    return {
        number: [one_line(cell_text(sentence)) for cell in cells for sentence in _sentences(cell)]
        for number, *cells in frame.itertuples(name=None)
    }


def _sentences(cell: object) -> Sequence[object]:
    return list(cell) if isinstance(cell, list | tuple | np.ndarray) else [cell]


def one_line(text: str) -> str:
    """A sentence in normal form, with single blanks between its words."""
    return " ".join(normal_text(text).split())
