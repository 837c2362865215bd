"""ELAN's annotation files (.eaf), read and written by pympi-ling."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlparse

from pympi.Elan import Eaf

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.text import normal_text

SUFFIX = ".eaf"


def read_eaf(file: Path, tier: str | None = None) -> tuple[str, Marks]:
    """(the video's name as the file gives it, its annotations in seconds) of one tier.

    Args:
        file: The .eaf; where it links no media, the video is the one of its own stem.
        tier: Whose annotations are taken; None: the only one that has any.

    Raises:
        UserError: It cannot be read, there is no such tier, or several have annotations and none is named.
    """
    try:
        eaf = Eaf(str(file), suppress_version_warning=True)
    except Exception as error:  # whatever its XML parser makes of a broken file
        raise UserError(f"{file} cannot be read as an ELAN file: {error}.") from error
    chosen = _tier(eaf, tier, file)
    annotations = eaf.get_annotation_data_for_tier(chosen) if chosen else []
    marks = (Mark(start / 1000, end / 1000, normal_text(value)) for start, end, value, *_ in annotations)
    return _media_name(eaf, file), Marks(tuple(mark for mark in marks if mark.label), "seconds")


def _tier(eaf: Eaf, tier: str | None, file: Path) -> str | None:
    filled = [name for name in eaf.get_tier_names() if eaf.get_annotation_data_for_tier(name)]
    if tier is not None:
        if tier not in eaf.get_tier_names():
            raise UserError(f"{file} has no tier {tier!r}; its tiers: {', '.join(eaf.get_tier_names())}.")
        return tier
    if len(filled) > 1:
        raise UserError(f"{file} has annotations in the tiers {', '.join(filled)}: name one by frame_labels.tier.")
    return filled[0] if filled else None


def _media_name(eaf: Eaf, file: Path) -> str:
    for media in eaf.get_linked_files():
        name = media.get("RELATIVE_MEDIA_URL") or media.get("MEDIA_URL") or ""
        path = unquote(urlparse(name).path if name.startswith("file:") else name)
        if path:
            return path.removeprefix("./")
    return file.stem


def write_eaf(file: Path, video: Path, tiers: dict[str, Iterable[Mark]]) -> None:
    """Writes a file that ELAN opens beside the video: tiers of segments in seconds, by name."""
    eaf = Eaf(author="seqpipe")
    eaf.remove_tier("default")
    eaf.add_linked_file(video.resolve().as_uri(), mimetype="video/mp4")
    for name, marks in tiers.items():
        eaf.add_tier(name)
        for mark in marks:
            eaf.add_annotation(name, round(1000 * mark.start), round(1000 * mark.end), mark.label)
    eaf.to_file(str(file))
