"""Captions in texts, a line each: those of Flickr8k and of MSVD."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.listed_files import FilesBelow, spelling, stem_of
from seqpipe.media.corpora.listing import Row, split_named
from seqpipe.media.corpora.text_files import read_lines, read_text
from seqpipe.media.references.gathered import Told, gathered, tell_unmentioned
from seqpipe.media.references.tables import one_line

logger = logging.getLogger(__name__)

TOKEN_FILE = re.compile(r".*\.token(\.txt)?", re.IGNORECASE)
TOKEN_LINE = re.compile(r"(?P<name>[^\t]+)#\d+\t(?P<caption>.*)")
"""A file, the number of its caption, the caption."""
SPLIT_FILE = re.compile(r".*?(?P<side>train|dev|val|test)_?images\.txt", re.IGNORECASE)
DESCRIPTIONS = re.compile(r"(all)?_?video_?descriptions?\.txt", re.IGNORECASE)
MSVD_LINE = re.compile(r"(?P<name>\S+)\s+(?P<caption>.+)")
MSVD_NAME = re.compile(r"(?P<group>.+)_\d+_\d+")
"""YouTube's name of the video that a clip was cut from, first and last second."""


def is_flickr8k(root: Path) -> bool:
    """Whether ``root`` is a list such as Flickr8k.token.txt, or a folder with one, at the top or one below."""
    return bool(_found(root, TOKEN_FILE))


def is_msvd(root: Path) -> bool:
    """Whether ``root`` is MSVD's list AllVideoDescriptions.txt, or a folder with it, at the top or one below."""
    return bool(_found(root, DESCRIPTIONS))


def _found(root: Path, pattern: re.Pattern[str]) -> list[Path]:
    if root.is_file():
        return [root] if pattern.fullmatch(root.name) else []
    entries = visible(root)
    entries += [below for entry in entries if os.path.isdir(entry) for below in visible(entry)]
    return [entry for entry in entries if pattern.fullmatch(entry.name) and os.path.isfile(entry)]


def _the_one(root: Path, pattern: re.Pattern[str], what: str) -> Path:
    found = _found(root, pattern)
    # Flickr8k has its captions a second time, as lemmas.
    found = [file for file in found if "lemma" not in file.name.casefold()] or found
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise UserError(f"Expected one list of captions such as {what} in {root}, got {names}: name it by corpus.path.")
    return found[0]


def read_flickr8k(root: Path) -> list[Row]:
    """A row an image, with its captions: ``name.jpg#0<tab>caption`` a line. Hodosh et al. (2013).

    The official split is that of the lists beside it (``Flickr_8k.trainImages.txt``); images in none of these are left
    out and counted.

    Raises:
        UserError: There is no such list, one of its lines is another, or none of the images is there.
    """
    file = _the_one(root, TOKEN_FILE, "Flickr8k.token.txt")
    matches = [(line, TOKEN_LINE.fullmatch(line.strip())) for line in read_text(file).split("\n") if line.strip()]
    listed, sides = FilesBelow(_top(root, file)), _sides(file)
    told = []
    for line, match in matches:
        if match is None:
            raise UserError(f"{file} has the line {line!r}; expected a file, #, a number, a tab and a caption.")
        side = sides.get(spelling(stem_of(match["name"])))
        if side or not sides:
            told.append(Told(listed.find(match["name"]), [one_line(match["caption"])], side))
    if len(told) < len(matches):
        logger.info("%s: %d captions are of images in no list of a split, left out.", file, len(matches) - len(told))
    return _rows(told, listed, file)


def _sides(file: Path) -> dict[str, str]:
    """The split of each image by its name, as the lists beside the captions say."""
    sides: dict[str, str] = {}
    for entry in visible(file.parent):
        if match := SPLIT_FILE.fullmatch(entry.name):
            side = str(split_named(match["side"], entry.name))
            sides |= {spelling(stem_of(name)): side for name in read_lines(entry)}
    return sides


def read_msvd(root: Path) -> list[Row]:
    """A row a clip, with its captions: ``name caption`` a line. Chen & Dolan (2011).

    Clips of one video of YouTube, which their names tell, are a group. Errors as of ``read_flickr8k``.
    """
    file = _the_one(root, DESCRIPTIONS, "AllVideoDescriptions.txt")
    listed, told = FilesBelow(_top(root, file)), []
    for line in read_lines(file):
        match = MSVD_LINE.fullmatch(line)
        if match is None:
            raise UserError(f"{file} has the line {line!r}; expected the name of a clip, a blank and a caption.")
        source = MSVD_NAME.fullmatch(stem_of(match["name"]))
        group = source["group"] if source else None
        told.append(Told(listed.find(match["name"]), [one_line(match["caption"])], None, group))
    return _rows(told, listed, file)


def _top(root: Path, file: Path) -> Path:
    """Where the files are looked for."""
    return file.parent if root.is_file() else root


def _rows(told: list[Told], listed: FilesBelow, file: Path) -> list[Row]:
    rows = gathered(told, str(file))
    listed.log_respelled(file)
    tell_unmentioned(rows, [file])
    return rows
