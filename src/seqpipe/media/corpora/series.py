"""The frames of a folder among other numbered series: flow fields, masks, a second camera, a cover."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from seqpipe.media.corpora.names import words
from seqpipe.media.frames import InvalidSample

COUNTER = re.compile(r"\d+")
VIEW = re.compile(
    r"(?<![a-z])(cam|camera|view|angle|channel|ch|stream|sensor|eye|kinect)[ _-]?(\d+|[a-d](?![a-z]))"
    r"|[a-gi-ln-z]\d+(?=.*\d)"
)
"""Numbers that name a camera, or a clip (g01 and c02 before a counter; not the h and m of a time): no counters."""
BESIDE_WORDS = words(
    """flow flows optflow depth depths mask masks seg segm segmentation gt groundtruth label labels annot annotation
    annotations pose poses skeleton heatmap thermal infrared ir diff edge edges alpha thumb thumbs thumbnail thumbnails
    preview previews"""
)
"""Words in the names of what is made from frames or recorded beside them."""
BESIDE_FRAMES = re.compile(rf"(?<![a-z])({'|'.join(sorted(BESIDE_WORDS))})(?![a-z])")
LOSSY = frozenset([".jpg", ".jpeg", ".jfif"])
"""Masks and depth are never kept so: of two suffixes with the same counters these are the frames."""


def frame_series(files: Sequence[Path]) -> list[Path]:
    """Those of a folder's images that are the frames of its clip, in their order.

    All where they are one series; else the only one that no word such as flow, mask or depth names. Single
    images beside a series (a cover) are left out. Raises InvalidSample where several series could be it.
    """
    series = _by_pattern(files)
    numbered = {name: part for name, part in series.items() if len(part) > 1 and COUNTER.search(part[0].stem)}
    if len(series) < 2 or not numbered:
        return list(files)
    strays = len(files) - sum(map(len, numbered.values()))
    candidates = _likely(numbered)
    if len(candidates) != 1 or strays > len(candidates[0]):
        raise InvalidSample("mixed_series", _several(series))
    frames = set(candidates[0])
    return [file for file in files if file in frames]


def _by_pattern(files: Sequence[Path]) -> dict[str, list[Path]]:
    """The files by their names with # for the counter; one part by suffix where the counters say that these differ."""
    parts: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        parts[_pattern(file.stem)].append(file)
    return _split_by_suffix(_joined_in_turn(parts))


def _pattern(stem: str) -> str:
    views = "".join(match[0] for match in VIEW.finditer(stem.casefold()))
    return views + "|" + COUNTER.sub("#", VIEW.sub("", stem.casefold()))


def _joined_in_turn(parts: dict[str, list[Path]]) -> dict[str, list[Path]]:
    """One series where no two files have the same numbers: ``start_1, middle_2, end_3`` count on."""
    numbered = {name: part for name, part in parts.items() if "#" in name}
    numbers = [_numbers(file) for part in numbered.values() for file in part]
    if len(numbered) < 2 or len(set(numbers)) < len(numbers) or any(map(BESIDE_FRAMES.search, numbered)):
        return parts
    return {"#": [file for part in numbered.values() for file in part]} | {
        name: part for name, part in parts.items() if name not in numbered
    }


def _numbers(file: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in COUNTER.findall(VIEW.sub("", file.stem.casefold())))


def _split_by_suffix(parts: dict[str, list[Path]]) -> dict[str, list[Path]]:
    split: dict[str, list[Path]] = {}
    for name, part in parts.items():
        if len({file.stem for file in part}) == len(part):
            split[name] = part
            continue
        for file in part:
            split.setdefault(name + file.suffix.casefold(), []).append(file)
    return split


def _likely(numbered: dict[str, list[Path]]) -> list[list[Path]]:
    """The series that may be the frames."""
    plain = [part for name, part in numbered.items() if not BESIDE_FRAMES.search(name)]
    stems = {frozenset(file.stem for file in part) for part in plain}
    lossy = [part for part in plain if part[0].suffix.casefold() in LOSSY]
    if len(plain) == 2 and len(stems) == 1 and len(lossy) == 1:
        return lossy
    return plain


def _several(series: dict[str, list[Path]]) -> str:
    names = ", ".join(f"{part[0].name} ({len(part)})" for part in list(series.values())[:4])
    more = ", ..." if len(series) > 4 else ""
    return (
        f"The folder holds several series of images, begun by {names}{more}, and nothing says which are the frames; "
        "give each a folder of its own."
    )
