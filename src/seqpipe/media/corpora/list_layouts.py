"""Corpora whose labels and splits stand in the lists of UCF101 and HMDB51."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.group_names import UCF101_NAME
from seqpipe.media.corpora.listed_clips import Clips
from seqpipe.media.corpora.listed_files import checked_rows, parts_of_name, stem_of
from seqpipe.media.corpora.listing import SPLIT_NAMES, Row, kind_of
from seqpipe.media.corpora.text_files import read_lines
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

UCF101_LIST = re.compile(r"(?P<side>train|val|test)_?list_?(?P<number>\d*)\.(?:txt|csv)", re.IGNORECASE)
HMDB51_LIST = re.compile(r"(?P<label>.+)_test_split(?P<number>\d+)\.(?:txt|csv)", re.IGNORECASE)
UCF101_LINE = re.compile(r"(?P<name>.+?)(?:[\s,;|]+\d+)?[\s,;|]*")
"""A file, in training lists with the number of its class behind it."""
HMDB51_LINE = re.compile(r"(?P<name>.+?)[\s,;|]+(?P<code>[012])[\s,;|]*")
HMDB51_SPLITS = {"0": None, "1": "train", "2": "test"}


class SplitList(NamedTuple):
    """A file with the samples of one side (UCF101) or of one class (HMDB51) of the official split ``number``."""

    file: Path
    match: re.Match[str]

    @property
    def number(self) -> int:
        return int(self.match["number"] or 0)


def is_ucf101_lists(root: Path) -> bool:
    """Whether trainlistNN.txt or testlistNN.txt lies in the folder or in one directly under it."""
    return bool(_split_lists(root, UCF101_LIST))


def read_ucf101_lists(root: Path) -> list[Row]:
    """The lowest-numbered official split of UCF101 that has a training list: ``Class/v_Class_gNN_cNN.avi`` a line.

    Soomro et al., UCF101 (2012). The clips of one group (gNN of a class) come from one source video.
    """
    lists = _lowest_numbered(_with_training_side(_split_lists(root, UCF101_LIST)))
    if not any(SPLIT_NAMES[match["side"].lower()] == "test" for _, match in lists):
        logger.warning("There is no testlist beside %s: the test is taken out of its clips.", lists[0].file)
    clips = Clips(root)
    rows = [_ucf101_row(line, *entry, clips) for entry in lists for line in read_lines(entry.file)]
    clips.log_others([row.path for row in rows])
    return checked_rows(rows, f"the lists in {lists[0].file.parent}", clips.unread)


def _ucf101_row(line: str, file: Path, match: re.Match[str], clips: Clips) -> Row:
    *folders, name = _listed_parts(_fields(line, UCF101_LINE, file))
    source = UCF101_NAME.fullmatch(stem_of(name))
    label = normal_text(folders[-1] if folders else source["label"] if source else "")
    path = clips.find(label, name)
    group = source["group"] if source else None
    return clips.judged(Row(path, kind_of(path), label or None, SPLIT_NAMES[match["side"].lower()], group))


def is_hmdb51_lists(root: Path) -> bool:
    """Whether <class>_test_splitN.txt files lie in the folder or in one directly under it."""
    return bool(_split_lists(root, HMDB51_LIST))


def read_hmdb51_lists(root: Path) -> list[Row]:
    """The lowest-numbered official split of HMDB51: ``name.avi 1`` a line; 1 train, 2 test, 0 unused.

    Kuehne et al., HMDB (2011).
    """
    lists = _lowest_numbered(_split_lists(root, HMDB51_LIST))
    clips = Clips(root)
    rows: list[Row] = []
    for file, match in lists:
        for line in read_lines(file):
            found = _fields(line, HMDB51_LINE, file)
            path = clips.find(match["label"], _listed_parts(found)[-1])
            row = Row(path, kind_of(path), normal_text(match["label"]), HMDB51_SPLITS[found["code"]])
            rows.append(clips.judged(row))
    clips.log_others([row.path for row in rows])
    used = [row for row in rows if row.split]
    if len(used) < len(rows):
        logger.info("%d video(s) are in neither side of this official split and left out.", len(rows) - len(used))
    return checked_rows(used, f"the lists in {lists[0].file.parent}", clips.unread)


def _split_lists(root: Path, pattern: re.Pattern[str]) -> list[SplitList]:
    """The lists in a folder and in those directly under it."""
    if not root.is_dir():
        return []
    entries = visible(root)
    entries += [below for entry in entries if os.path.isdir(entry) for below in visible(entry)]
    return [
        SplitList(file, match) for file in entries if (match := pattern.fullmatch(file.name)) and os.path.isfile(file)
    ]


def _with_training_side(lists: list[SplitList]) -> list[SplitList]:
    """The lists of the numbers that have a training list: those of a test alone teach nothing."""
    numbers = {entry.number for entry in lists if entry.match["side"].lower() == "train"}
    if lists and not numbers:
        raise UserError(
            f"{lists[0].file} is there but no trainlist of its official split; add it, or say with corpus.layout that "
            "the folders are to be read."
        )
    alone = [entry.file.name for entry in lists if entry.number not in numbers]
    if alone:
        logger.warning("Not read, for there is no trainlist of that number: %s", ", ".join(alone))
    return [entry for entry in lists if entry.number in numbers]


def _lowest_numbered(lists: list[SplitList]) -> list[SplitList]:
    numbers = sorted({entry.number for entry in lists})
    if not numbers:
        raise UserError("No split lists were found in corpus.path; point it to the folder that holds them.")
    if len(numbers) > 1:
        logger.info("Official splits %s are there; split %d is used.", numbers, numbers[0])
    return [entry for entry in lists if entry.number == numbers[0]]


def _fields(line: str, pattern: re.Pattern[str], file: Path) -> re.Match[str]:
    match = pattern.fullmatch(line)
    if match is None or not _listed_parts(match):
        code = " and 0, 1 or 2" if pattern is HMDB51_LINE else ""
        raise UserError(f"{file} has the line {line!r}; expected the name of a file{code}.")
    return match


def _listed_parts(match: re.Match[str]) -> list[str]:
    """The folders and the name of the file that a line lists; spreadsheets put names in quotes."""
    return parts_of_name(match["name"].strip().strip('"').strip())
