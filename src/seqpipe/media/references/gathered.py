"""From lines that each tell sentences of a sample to a row a sample."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import suffix_kind, visible
from seqpipe.media.corpora.listed_files import checked_rows
from seqpipe.media.corpora.listing import Row, kind_of
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.paths import split_part

logger = logging.getLogger(__name__)


class Told(NamedTuple):
    """What one line of a corpus tells of a sample: its sentences, some of them empty, and the rest as of a row."""

    path: Path
    sentences: Sequence[str]
    split: str | None = None
    group: str | None = None
    others: Mapping[str, str] = MappingProxyType({})


def gathered(lines: Iterable[Told], source: str) -> list[Row]:
    """One row a sample, in the order in which they are first told of, with all its sentences in their order.

    A sample without any is for the quarantine. Where its lines say several things in a column of ``others``, it has
    them all, with semicolons between.

    Args:
        lines: What is told of samples.
        source: What a sentence calls the corpus.

    Raises:
        UserError: Two lines of a sample are of several splits or groups, or no sample is there.
    """
    by_file: dict[str, list[Told]] = {}
    real = cache(os.path.realpath)  # two spellings of a path, or a link and what it leads to, are one sample
    for line in lines:
        by_file.setdefault(str(real(line.path)), []).append(line)
    rows = checked_rows([_row(of_one, source) for of_one in by_file.values()], source)
    _tell_empty(by_file.values(), source)
    return rows


def _row(lines: Sequence[Told], source: str) -> Row:
    first = lines[0]
    for field in ("split", "group"):
        values = list(dict.fromkeys(getattr(line, field) for line in lines))
        if len(values) > 1:
            raise UserError(f"{first.path} has the {field}s {values[0]} and {values[1]} in {source}; a sample has one.")
    sentences = tuple(sentence for line in lines for sentence in line.sentences if sentence)
    row = Row(first.path, kind_of(first.path), None, first.split, first.group, references=sentences)
    row = row._replace(others=said_besides([line.others for line in lines]))
    return row if sentences else row.rejected("no_references", "No sentence is told of it.")


def said_besides(lines: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What the lines of a sample say in further columns, with semicolons between where they say several things."""
    return {name: "; ".join(dict.fromkeys(line[name] for line in lines)) for name in lines[0]}


def _tell_empty(samples: Iterable[Sequence[Told]], source: str) -> None:
    """Counts the empty sentences of samples that have others; those without any are in the quarantine."""
    empty = {
        str(lines[0].path): sum(not sentence for line in lines for sentence in line.sentences)
        for lines in samples
        if any(sentence for line in lines for sentence in line.sentences)
    }
    count = sum(empty.values())
    if count:
        first = next(path for path, number in empty.items() if number)
        logger.warning("%s: %d empty sentence(s) are left out, the first of %s.", source, count, first)


def tell_unmentioned(rows: Sequence[Row], tables: Sequence[Path]) -> None:
    """Counts and names what lies where the samples do and is of their kind, but of which nothing is told.

    Args:
        rows: The samples.
        tables: The files that tell of samples, which are none.
    """
    listed = {os.path.realpath(row.path) for row in rows} | {os.path.realpath(table) for table in tables}
    kinds = {row.kind for row in rows}
    folders = {row.path.parent for row in rows if not split_part(row.path)}
    others = [
        entry
        for folder in sorted(folders)
        for entry in visible(folder)
        if _is_of(entry, kinds) and os.path.realpath(entry) not in listed
    ]
    if others:
        names = ", ".join(str(path) for path in others[:3])
        logger.warning("Nothing is told of %d file(s), which are not used: %s", len(others), names)


def _is_of(entry: Path, kinds: set[str]) -> bool:
    """Whether it may be a sample of these kinds, as names tell."""
    if os.path.isdir(entry):
        return listed_files() is None and "frames" in kinds
    return suffix_kind(entry) in kinds
