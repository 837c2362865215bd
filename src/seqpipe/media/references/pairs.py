"""Pairs of sentences: a source, which is read, and the targets that it is to become."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listed_files import checked_rows
from seqpipe.media.corpora.listing import Row, kind_of, split_named
from seqpipe.media.corpora.manifest_columns import SYNONYMS, said_besides, tell_columns
from seqpipe.media.parts.paths import part_path
from seqpipe.media.parts.tables import column_names, plain
from seqpipe.media.references.languages import LANGUAGE_CODES
from seqpipe.media.references.recurrence import components, form_of, tell_recurring
from seqpipe.media.references.tables import (
    SplitFile,
    one_line,
    sentence_columns,
    sentences_by_line,
    sheet_of,
    tables_at,
)
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

SOURCE = ("source", "src", "source_text", "source_sentence")
TARGET = ("target", "tgt", "trg", "target_text", "target_sentence", "translation")
"""What the columns of the two sides are called."""
BESIDE = {"split", "group", "id", *SYNONYMS["split"], *SYNONYMS["group"]}
"""What may stand beside two columns that are called by the codes of languages."""


class Pair(NamedTuple):
    """A source by its place and its words, the targets that stand beside it, and what else is said."""

    path: Path
    source: str
    targets: Sequence[str]
    split: str | None = None
    group: str | None = None
    others: Mapping[str, str] = MappingProxyType({})


class PairColumns(NamedTuple):
    """The columns of the two sides."""

    source: str
    targets: list[str]


def pair_columns(names: Sequence[str]) -> PairColumns | None:
    """The columns of source and target: by their names, or two that are called by the codes of languages, the first
    being the source; None where there are no such."""
    sources, targets = sentence_columns(names, SOURCE), sentence_columns(names, TARGET)
    if len(sources) == 1 and targets:
        return PairColumns(sources[0], targets)
    texts = [name for name in names if plain(name) not in BESIDE]
    coded = len(texts) == 2 and all(plain(name).partition("_")[0] in LANGUAGE_CODES for name in texts)
    return PairColumns(texts[0], texts[1:]) if coded else None


def is_pairs(root: Path) -> bool:
    """Whether ``root`` is a table of sources and targets, or a folder with such.

    Raises UserError where there are several.
    """
    return bool(_tables(root))


def _tables(root: Path) -> list[SplitFile]:
    return tables_at(root, lambda file: pair_columns(column_names(file)) is not None)


def read_pairs(root: Path) -> list[Row]:
    """One row a source, which is a part of its file, with the targets as references.

    The same source of a split several times is one sample, whose references are all its targets. Where no split is
    given, samples that share a source or a target, whatever the case of its letters, are one group. Where one is
    given it is kept, and what recurs is told.

    Raises:
        UserError: There is no such table, or its columns cannot be told apart.
    """
    tables = _tables(root)
    if not tables:
        raise UserError(
            f"{root} is no table of pairs; expected the columns source,target[,split][,group], or two that are called "
            "by the codes of languages, such as de,en, of which the first is read."
        )
    return rows_of_pairs([pair for table in tables for pair in _pairs(*table)], str(root))


def _pairs(file: Path, split: str | None) -> list[Pair]:
    sheet = sheet_of(file)
    sides = pair_columns(sheet.columns)
    assert sides is not None, "the table was chosen by its columns"
    said = {"source": sides.source} | {name: name for name in sides.targets}
    if len(sides.targets) == 1:
        said = {"source": sides.source, "target": sides.targets[0]}
    columns = said_besides(("split", "group"), said, sheet, file)
    tell_columns(said | columns, sheet, file)
    logger.info("%s: %s is read, and is to become %s.", file, sides.source, ", ".join(sides.targets))
    targets, pairs = sentences_by_line(file, sides.targets), []
    for line in sheet.lines:
        cells = {field: normal_text(line.cells[column]) for field, column in columns.items()}
        side = split_named(cells.get("split", ""), f"line {line.number} of {file}") or split
        path = part_path(file, f"{sides.source}/{line.number}")
        source = one_line(line.cells[sides.source])
        pairs.append(Pair(path, source, targets[line.number], side, cells.get("group") or None, line.cells))
    return pairs


def rows_of_pairs(pairs: Iterable[Pair], source: str) -> list[Row]:
    """One row a source of a split; see ``read_pairs``. ``source`` is what a sentence calls the corpus."""
    by_source: dict[tuple[str, str | None], list[Pair]] = {}
    for pair in pairs:
        # Probing sets each empty one aside.
        by_source.setdefault((pair.source or str(pair.path), pair.split), []).append(pair)
    samples = list(by_source.values())
    rows = [_row(of_one) for of_one in samples]
    _tell_merged(samples, source)
    _tell_sides(rows, samples, source)
    return checked_rows(_grouped(rows, samples), source)


def _row(pairs: Sequence[Pair]) -> Row:
    first = pairs[0]
    targets = dict.fromkeys(target for pair in pairs for target in pair.targets if target)
    row = Row(first.path, kind_of(first.path), None, first.split, first.group, others=first.others)
    if not targets:
        return row.rejected("no_references", "It has no target.")
    return row._replace(references=tuple(targets))


def _grouped(rows: Sequence[Row], samples: Sequence[Sequence[Pair]]) -> list[Row]:
    """The rows with the group of those that share a source, a target or a group; within its side of a given split."""
    keys = [
        [("source", form_of(of_one[0].source), row.split), *(("group", pair.group) for pair in of_one if pair.group)]
        + [("target", form_of(target), row.split) for target in row.references]
        for row, of_one in zip(rows, samples, strict=True)
    ]
    numbers = components(keys)
    return [row._replace(group=f"pairs {number}") for row, number in zip(rows, numbers, strict=True)]


def _tell_merged(samples: Sequence[Sequence[Pair]], source: str) -> None:
    several = [of_one for of_one in samples if len(of_one) > 1]
    if several:
        logger.info(
            "%s: %d source(s), such as %r, stand more than once in a split: each is one sample with all its targets.",
            *(source, len(several), several[0][0].source),
        )


def _tell_sides(rows: Sequence[Row], samples: Sequence[Sequence[Pair]], source: str) -> None:
    splits = [row.split for row in rows]
    if any(splits):
        tell_recurring([[of_one[0].source] for of_one in samples], splits, "the source", source)
        tell_recurring([list(row.references) or [""] for row in rows], splits, "a target", source)
