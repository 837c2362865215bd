"""Corpora whose labels stand within the videos: which videos there are, and the annotations of each."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Marks, marks_of_frames
from seqpipe.media.corpora.annotation_tables import annotated, known_forms, table_form
from seqpipe.media.corpora.containers import container_beside, samples_in
from seqpipe.media.corpora.elan import SUFFIX, read_eaf
from seqpipe.media.corpora.files import folder_frames, printable, suffix_kind, visible
from seqpipe.media.corpora.listed_files import FilesBelow, checked_rows, spelling, stem_of
from seqpipe.media.corpora.listing import Row, kind_of, split_named
from seqpipe.media.corpora.manifests import MANIFEST_NAMES, MANIFEST_SUFFIXES
from seqpipe.media.corpora.tags import read_tags, tags_column
from seqpipe.media.corpora.text_files import Sheet, read_sheet, read_text
from seqpipe.media.corpora.walk import is_unreadable
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import listed_files
from seqpipe.media.parts.paths import file_of, part_path
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)


class AnnotatedCorpus(NamedTuple):
    """The videos of a corpus, without a label each, and what is annotated in them by their paths."""

    rows: list[Row]
    marks: dict[Path, Marks | InvalidSample]


def read_annotated(root: Path, tier: str | None = None, subject: str | None = None) -> AnnotatedCorpus:
    """Reads the annotations in or at ``root``, and lists the videos they are of.

    A table (segments in seconds or frames, a label a frame, BORIS' exports), ELAN's files, or a text with a label a
    line beside each video. In a folder, the one table whose columns say so is taken.

    Args:
        root: The table or .eaf file, or the folder that holds it beside the videos.
        tier: Of ELAN's files; None: the only one that has annotations.
        subject: Of BORIS' exports; None: the only one that has annotations.

    Raises:
        UserError: There are no annotations, several tables of them, or a tier or subject where these say nothing.
    """
    _tell_unreadable(root)
    table = _table_file(root)
    if table is not None:
        _check_unread("tier", tier, f"{table} is no file of ELAN")
        corpus = _from_table(table, subject)
    elif eaf_files := _with_suffix(root, SUFFIX):
        _check_unread("subject", subject, f"{root} is read as files of ELAN")
        corpus = _from_eaf_files(eaf_files, tier)
    else:
        corpus = _from_texts(root)
        _check_unread("tier", tier, f"{root} is read as texts")
        _check_unread("subject", subject, f"{root} is read as texts")
    _log_unannotated(corpus, root.parent if root.is_file() else root, table)
    return corpus


def _check_unread(name: str, value: str | None, why: str) -> None:
    """What would decide nothing is refused."""
    if value is not None:
        raise UserError(f"frame_labels.{name} is {value!r}, but {why}: leave it out.")


def _table_file(root: Path) -> Path | None:
    """The table of annotations; None where there is none."""
    if root.is_file():
        return root if root.suffix.casefold() in MANIFEST_SUFFIXES else None
    files = [file for suffix in sorted(MANIFEST_SUFFIXES - {".txt"}) for file in _with_suffix(root, suffix)]
    tables = [file for file in files if _annotates(file)]
    if len(tables) > 1:
        names = ", ".join(file.name for file in tables)
        raise UserError(f"{root} holds several tables of annotations ({names}): name one of them by corpus.path.")
    return tables[0] if tables else None


def _annotates(file: Path) -> bool:
    return tags_column(file) is not None or table_form(_of_paths(_frame(read_sheet(file)))) is not None


def _of_paths(table: pd.DataFrame) -> pd.DataFrame:
    """The table; where samples may be parts of files, a column ``key`` stands in the place of ``path``."""
    files = listed_files()
    keyed = files is not None and files.containers and "key" in table and "path" not in table
    return table.rename(columns={"key": "path"}) if keyed else table


def _with_suffix(root: Path, suffix: str) -> list[Path]:
    entries = [root] if root.is_file() else visible(root)
    return [file for file in entries if file.suffix.casefold() == suffix and os.path.isfile(file)]


def _frame(sheet: Sheet) -> pd.DataFrame:
    return pd.DataFrame([line.cells for line in sheet.lines], columns=sheet.columns, dtype=object)


def _from_table(file: Path, subject: str | None) -> AnnotatedCorpus:
    if tags_column(file) is not None:
        _check_unread("subject", subject, f"{file} is a table of tags")
        return AnnotatedCorpus(*read_tags(file))
    written = _frame(read_sheet(file))
    table = _of_paths(written)
    read = annotated(table, str(file), subject)
    for what, count in read.passed_over.items():
        logger.warning("%s: %d %s are passed over.", file, count, what)
    files = FilesBelow(file.parent)
    keys = container_beside(file) if table is not written else None
    paths = {name: files.find(name) if keys is None else part_path(keys, name) for name in read.marks}
    splits, groups = _of_videos(table, "split", file), _of_videos(table, "group", file)
    rows = [
        Row(path, kind_of(path), None, split_named(splits.get(name, ""), str(file)), groups.get(name) or None)
        for name, path in paths.items()
    ]
    files.log_respelled(file)
    return AnnotatedCorpus(checked_rows(rows, str(file)), {paths[name]: marks for name, marks in read.marks.items()})


def _of_videos(table: pd.DataFrame, column: str, file: Path) -> dict[str, str]:
    """What a column says of each video; raises UserError where it says two things of one."""
    if column not in table or "path" not in table:
        return {}
    values = table[["path", column]].map(normal_text).drop_duplicates()
    torn = values["path"][values["path"].duplicated()]
    if len(torn):
        raise UserError(f"{file} gives {torn.iloc[0]} more than one {column}; a video has one.")
    return dict(zip(values["path"], values[column], strict=True))


def _from_eaf_files(files: Iterable[Path], tier: str | None) -> AnnotatedCorpus:
    rows: list[Row] = []
    marks: dict[Path, Marks | InvalidSample] = {}
    for file in files:
        name, annotations = read_eaf(file, tier)
        path = FilesBelow(file.parent).find(name)
        marks[path] = annotations
        rows.append(Row(path, kind_of(path), None))
    return AnnotatedCorpus(checked_rows(rows, "the ELAN files"), marks)


def _from_texts(root: Path) -> AnnotatedCorpus:
    """A text file of each video's own stem, with a label a line for each frame; an empty line's has none."""
    rows: list[Row] = []
    marks: dict[Path, Marks | InvalidSample] = {}
    videos = _videos_below(root) if root.is_dir() else []
    texts = {spelling(file.stem): file for file in sorted(root.rglob("*.txt"))} if root.is_dir() else {}
    for path in videos:
        if text := texts.get(spelling(stem_of(path.name))):
            lines = enumerate(map(normal_text, read_text(text).rstrip("\n").split("\n")))
            marks[path] = marks_of_frames((frame, label) for frame, label in lines if label)
            rows.append(Row(path, kind_of(path), None))
    if not rows:
        raise UserError(
            f"{root} holds no annotations; expected a table ({known_forms()}), ELAN's .eaf files, or a .txt of the "
            "stem of each video with a label a line for each frame."
        )
    return AnnotatedCorpus(rows, marks)


def _videos_below(folder: Path) -> list[Path]:
    """Videos and folders of frames at any depth; none where it may not be looked: ``_tell_unreadable`` does."""
    found: list[Path] = []
    for entry in visible(folder):
        if os.path.isdir(entry):
            frames = [] if is_unreadable(entry) else folder_frames(entry)
            found += [entry] if frames else _videos_below(entry)
        elif suffix_kind(entry) not in (None, "image") and entry.name.casefold() not in MANIFEST_NAMES:
            found += samples_in(entry)
    return found


def _tell_unreadable(root: Path) -> None:
    """Warns of folders that may not be looked into."""

    def tell(error: OSError) -> None:
        where = printable(str(error.filename))
        logger.warning(
            "The folder %s cannot be read (%s): mend its permissions or move it away.", where, error.strerror
        )

    for _ in os.walk(root, onerror=tell):
        pass


def _log_unannotated(corpus: AnnotatedCorpus, root: Path, table: Path | None) -> None:
    """Says which videos are there but annotated nowhere; ``table`` holds the annotations, whatever it looks like."""
    listed = {row.path.resolve() for row in corpus.rows}
    others = [path for path in _videos_below(root) if path.resolve() not in listed and file_of(path) != table]
    if others:
        names = ", ".join(str(path.relative_to(root)) for path in others[:3])
        logger.warning("%d video(s) are annotated nowhere and not used: %s", len(others), names)
