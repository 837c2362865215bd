"""Pairs in two texts whose lines of one number belong together: ``train.de``, ``train.en``; ``x.src``, ``x.tgt``."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.listing import split_of, splits_in
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.paths import LINE, part_path
from seqpipe.media.parts.tables import bare_cells
from seqpipe.media.references.languages import LANGUAGE_CODES
from seqpipe.media.references.paired import Pair
from seqpipe.media.references.tables import one_line

logger = logging.getLogger(__name__)

SOURCES, TARGETS = ("src", "source"), ("tgt", "trg", "target")
"""Endings of the two sides where they are not the codes of languages."""
ENDINGS = {*LANGUAGE_CODES, *SOURCES, *TARGETS}


class Aligned(NamedTuple):
    """Two texts of as many lines."""

    source: Path
    target: Path
    split: str | None


def aligned_texts(root: Path) -> list[Aligned]:
    """The texts in or at ``root`` that belong together two by two; none where there are no such.

    The source is the text that is named, or ends in ``src``, or in the code that comes first in the alphabet.

    Raises:
        UserError: They are of more than two languages.
    """
    if root.is_file() and _ending(root) not in ENDINGS:
        return []
    by_stem: dict[str, dict[str, Path]] = {}
    for file in visible(root.parent if root.is_file() else root):
        if _ending(file) in ENDINGS and os.path.isfile(file):
            by_stem.setdefault(file.stem, {})[_ending(file)] = file
    twos = {stem: sides for stem, sides in by_stem.items() if len(sides) > 1}
    endings = sorted({ending for sides in twos.values() for ending in sides})
    if len(endings) > 2:
        raise UserError(f"{root} holds texts of several languages ({', '.join(endings)}): leave two of them there.")
    if not twos:
        return []
    _tell_alone([file for stem, sides in by_stem.items() if stem not in twos for file in sides.values()])
    first = _ending(root) if root.is_file() else next((end for end in endings if end in SOURCES), endings[0])
    return [_of_two(stem, sides, first) for stem, sides in twos.items()]


def _ending(file: Path) -> str:
    return file.suffix.casefold().removeprefix(".")


def _of_two(stem: str, sides: Mapping[str, Path], first: str) -> Aligned:
    other = next(ending for ending in sides if ending != first)
    said = splits_in(stem)
    return Aligned(sides[first], sides[other], split_of(stem) or (said.pop() if len(said) == 1 else None))


def _tell_alone(files: list[Path]) -> None:
    if files:
        names = ", ".join(file.name for file in files[:3])
        logger.warning("%d text(s) have no counterpart and are not used: %s", len(files), names)


def read_aligned(texts: Aligned) -> list[Pair]:
    """The pairs of two texts, a line each.

    Raises:
        UserError: One has more lines than the other, or is no text.
    """
    source, target, split = texts
    logger.info(
        "%s is read, and is to become %s; name the other text by corpus.path for the other way round.",
        *(source, target.name),
    )
    try:
        sources, targets = bare_cells(source), bare_cells(target)
    except InvalidSample as unusable:
        raise UserError(unusable.detail) from unusable
    if len(sources) != len(targets):
        raise UserError(
            f"{source} has {len(sources)} lines and {target.name} {len(targets)}: each line of the one belongs to that "
            "of its number in the other. Mend them."
        )
    return [
        Pair(part_path(source, f"{LINE}/{number}"), one_line(before[0]), [one_line(behind[0])], split)
        for number, (before, behind) in enumerate(zip(sources, targets, strict=True), start=1)
    ]
