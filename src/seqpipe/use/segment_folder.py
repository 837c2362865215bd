"""Segments as files that are opened beside a video, one a video: subtitles (.srt) and ELAN's annotations (.eaf)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.evaluation.segment_files import PREDICTED, elan_text, srt_text
from seqpipe.media.parts.paths import split_part

UNFIT = r'[/\\:*?"<>|]'
"""What no name of a file may have on some system."""


class Form(NamedTuple):
    """A form of file.

    Attributes:
        text: What a file holds, of a video's path and its segments (`segments_of`).
        background: Whether it also holds the classes that are no segments.
    """

    text: Callable[[Path, pd.DataFrame], str]
    background: bool


def _subtitles(_: Path, segments: pd.DataFrame) -> str:
    """How sure an answer is, is shown with it, and so are its flags."""
    facts = zip(segments["label"], segments["probability"], segments["flag"], strict=True)
    return srt_text(segments.assign(label=[f"{a} ({p:.0%}{flag and ', '}{flag})" for a, p, flag in facts]))


def _elan(video: Path, segments: pd.DataFrame) -> str:
    return elan_text(video, {PREDICTED: segments})


FORMS: Mapping[str, Form] = {"srt": Form(_subtitles, background=False), "eaf": Form(_elan, background=True)}
"""By what `--as` names."""


def files_of(samples: pd.DataFrame, form: str, folder: Path) -> dict[str, Path]:
    """Where the file of each sample lies in a folder, by the sample's path: as the samples lie to each other.

    Of videos in one folder the files are side by side. A file has the name of its video (``clip.srt`` of
    ``clip.mp4``, which players look for); where two would have one name, all keep the ending of theirs
    (``clip.mp4.srt``). That of a part of a file is called by both (``sequences_s07.srt`` of ``sequences.npz::s07``).

    Args:
        samples: Columns path and kind.
        form: One of `FORMS`.
        folder: Where they are to lie.

    Raises:
        UserError: One of them exists already.
    """
    paths = [_plain(path) for path in samples["path"]]
    if not paths:
        return {}
    base = Path(os.path.commonpath([path.parent for path in paths]))
    within = [path.relative_to(base) for path in paths]
    short = [
        name.with_suffix(f".{form}") if kind == "video" and split_part(path) is None else _longer(name, form)
        for name, path, kind in zip(within, samples["path"], samples["kind"], strict=True)
    ]
    alone = len({str(name).casefold() for name in short}) == len(short)
    files = [folder / name for name in (short if alone else (_longer(name, form) for name in within))]
    if there := [file for file in files if file.exists()]:
        raise UserError(f"{there[0]} exists already: name another folder by --out, or take it away.")
    return dict(zip(samples["path"], files, strict=True))


def _plain(path: str) -> Path:
    """A name that any system can have."""
    part = split_part(path)
    return Path(path) if part is None else part.file.with_name(f"{part.file.stem}_{re.sub(UNFIT, '_', part.key)}")


def _longer(name: Path, form: str) -> Path:
    return name.with_name(f"{name.name}.{form}")


def write_segments(
    segments: pd.DataFrame, answered: Collection[str], files: Mapping[str, Path], form: str, background: Collection[str]
) -> None:
    """Writes a file for each path that is answered, also where it has no segment that is shown.

    Args:
        segments: What `segments_of` gave, or several of these.
        answered: The paths.
        files: What `files_of` gave.
        form: One of `FORMS`.
        background: The classes that are no segments.
    """
    shown = segments if FORMS[form].background else segments[~segments["label"].isin(list(background))]
    by_path = dict(iter(shown.groupby("path", sort=False)))
    for path in answered:
        text = FORMS[form].text(Path(path), by_path.get(path, shown[:0]))
        files[path].parent.mkdir(parents=True, exist_ok=True)
        with written_aside(files[path]) as aside:
            aside.write_text(text, encoding="utf-8")
