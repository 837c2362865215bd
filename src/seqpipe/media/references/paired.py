"""From pairs of sentences to a row a source, with all its targets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seqpipe.media.corpora.listed_files import checked_rows
from seqpipe.media.corpora.listing import Row, kind_of
from seqpipe.media.references.gathered import said_besides
from seqpipe.media.references.recurrence import components, form_of, tell_recurring

logger = logging.getLogger(__name__)


class Pair(NamedTuple):
    """A source by its place and its words, the targets that stand beside it, and what else is said."""

    path: Path
    source: str
    targets: Sequence[str]
    split: str | None = None
    group: str | None = None
    others: Mapping[str, str] = MappingProxyType({})


def rows_of_pairs(pairs: Iterable[Pair], source: str) -> list[Row]:
    """One row a source of a split, whose references are all its targets.

    Where no split is given, pairs that share a source or a target, whatever the case of its letters, are one group.
    Where one is given it is kept, and what recurs is told. ``source`` is what a sentence calls the corpus.
    """
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
    others = said_besides([pair.others for pair in pairs])
    row = Row(first.path, kind_of(first.path), None, first.split, first.group, others=others)
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
            "%s: %d source(s), such as %r, recur in a split: each is one sample, with each of its targets once.",
            *(source, len(several), several[0][0].source),
        )


def _tell_sides(rows: Sequence[Row], samples: Sequence[Sequence[Pair]], source: str) -> None:
    splits = [row.split for row in rows]
    if any(splits):
        tell_recurring([[of_one[0].source] for of_one in samples], splits, "the source", source)
        tell_recurring([list(row.references) or [""] for row in rows], splits, "a target", source)
