"""Pairs in tables: a line a pair, with a header or without one, as Tatoeba and Anki write them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing import split_named
from seqpipe.media.corpora.manifest_columns import SYNONYMS, said_besides, tell_columns
from seqpipe.media.corpora.text_files import HEAD_BYTES, read_text
from seqpipe.media.parts.paths import TEXT_TABLES, part_path
from seqpipe.media.parts.tables import bare_cells, column_names, plain
from seqpipe.media.references.languages import LANGUAGE_CODES
from seqpipe.media.references.paired import Pair
from seqpipe.media.references.tables import CAPTION, one_line, sentence_columns, sentences_by_line, sheet_of
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

SOURCE = ("source", "src", "source_text", "source_sentence")
TARGET = ("target", "tgt", "trg", "target_text", "target_sentence", "translation")
"""What the columns of the two sides are called."""
BESIDE = {"split", "group", "id", *SYNONYMS["split"], *SYNONYMS["group"]}
"""What may stand beside two columns that are called by the codes of languages."""
HEADERS = {*SYNONYMS, *CAPTION, *(name for names in SYNONYMS.values() for name in names)}
"""What no sentence is but a column's name."""
HEAD_LINES = 20
"""Lines by which a table without a header is known."""


class PairColumns(NamedTuple):
    """The columns of the two sides."""

    source: str
    targets: list[str]


def pair_columns(names: Sequence[str]) -> PairColumns | None:
    """The columns of source and target: by their names, or the only two texts, called by the codes of languages.

    Of these the first is the source. None where there are no such.
    """
    sources, targets = sentence_columns(names, SOURCE), sentence_columns(names, TARGET)
    if len(sources) == 1 and targets:
        return PairColumns(sources[0], targets)
    texts = [name for name in names if plain(name) not in BESIDE]
    coded = len(texts) == 2 and all(plain(name).partition("_")[0] in LANGUAGE_CODES for name in texts)
    return PairColumns(texts[0], texts[1:]) if coded else None


def bare_columns(file: Path) -> tuple[int, int] | None:
    """The places from 0 of source and target in a table without a header; None where it is none.

    Every line has as many cells, tabs between them, of which two are sentences; others may be numbers. The first
    sentence is the source, as in Anki's files; what follows the second (who has said it) is not read.
    """
    if file.suffix.casefold() not in TEXT_TABLES:
        return None
    try:
        text = read_text(file, HEAD_BYTES)
    except UserError:
        return None
    rows = [line.split("\t") for line in islice(filter(str.strip, text.split("\n")[: HEAD_LINES + 1]), HEAD_LINES)]
    if not rows or len({len(row) for row in rows}) > 1 or HEADERS & set(map(plain, rows[0])):
        return None
    said = [place for place, cells in enumerate(zip(*rows, strict=True)) if all(map(_is_sentence, cells))]
    return (said[0], said[1]) if len(said) > 1 else None


def _is_sentence(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def is_pair_table(file: Path) -> bool:
    """Whether a table holds pairs, as its columns or first lines say."""
    return pair_columns(column_names(file)) is not None or bare_columns(file) is not None


def read_pair_table(file: Path, split: str | None) -> list[Pair]:
    """The pairs in a table; ``split`` is theirs where no column says one.

    Raises:
        UserError: It is broken, or its columns cannot be told apart.
    """
    sides = pair_columns(column_names(file))
    return _without_header(file, split) if sides is None else _with_header(file, sides, split)


def _with_header(file: Path, sides: PairColumns, split: str | None) -> list[Pair]:
    sheet = sheet_of(file)
    several = len(sides.targets) > 1
    said = {"source": sides.source} | {name if several else "target": name for name in sides.targets}
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


def _without_header(file: Path, split: str | None) -> list[Pair]:
    places = bare_columns(file)
    if places is None:
        raise UserError(f"{file} is no table of pairs; expected the columns source,target, or two sentences a line.")
    source, target = places
    logger.info(
        "%s has no header: column %d is read, and is to become column %d; swap them where it is the other way round.",
        *(file, source + 1, target + 1),
    )
    lines = [(number, cells) for number, cells in enumerate(bare_cells(file), start=1) if any(cells)]
    short = [number for number, cells in lines if len(cells) <= target]
    if short:
        raise UserError(f"Line {short[0]} of {file} has no column {target + 1}: mend it, or remove it.")
    return [
        Pair(part_path(file, f"{source + 1}/{number}"), one_line(cells[source]), [one_line(cells[target])], split)
        for number, cells in lines
    ]
