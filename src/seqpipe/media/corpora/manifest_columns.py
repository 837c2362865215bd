"""Which column of a manifest says what: where a sample is, its label, split and group, by whatever name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing import split_of
from seqpipe.media.corpora.text_files import Sheet
from seqpipe.media.medium import FileTypes, listed_files
from seqpipe.media.parts.tables import KEY_NAMES, key_column, plain

logger = logging.getLogger(__name__)

SYNONYMS = {
    "path": (
        *("file", "filename", "file_name", "filepath", "file_path", "relative_path"),
        *("video", "video_name", "video_path", "video_file", "clip", "clip_name", "clip_path"),
        *("image", "image_name", "image_path", "image_file", "img", "img_path"),
    ),
    "key": KEY_NAMES,
    "label": (
        *("class", "class_name", "classname", "label_name", "target", "category"),
        *("action", "action_name", "intent"),
    ),
    "split": ("subset", "partition", "data_split", "dataset_split", "split_name"),
    "group": (
        *("group_id", "subject", "subject_id", "person", "person_id", "participant", "participant_id"),
        *("patient", "patient_id", "actor", "actor_id", "signer", "signer_id", "speaker", "speaker_id"),
        *("scene", "scene_id", "session", "session_id", "camera", "source_video"),
    ),
}
"""Other names of a manifest's columns, in the form of ``plain``."""
NEAR = 0.8
"""How alike a misspelt name must be, as difflib measures it."""


def manifest_columns(sheet: Sheet, file: Path, labelled: bool = True) -> dict[str, str]:
    """The sheet's columns for where a sample is and its label, and for split and group where there are such.

    Where a sample is says ``path``; or, where the samples of a modality may be parts of files, ``cell``, the column
    that holds the samples themselves, or ``key``, in the file that ``path`` names or in the one beside the manifest.

    A name counts whatever its case; else a synonym, or a misspelling of it; of a split also any column in which
    nothing but names of splits stands. Where a split is given, a group has to be called so: the subjects of an
    official training side may be too few to be divided once more. What is read and what is not is logged.

    Args:
        sheet: The manifest.
        file: Where it lies.
        labelled: Whether it has to have labels.

    Raises:
        UserError: Place or label is missing, several columns come into question, or columns such as ``is_test`` say
            what a column split should.
    """
    columns = _places(sheet, file)
    columns |= said_besides(("label", "split", "group"), columns, sheet, file)
    _check(columns, sheet, file, labelled)
    tell_columns(columns, sheet, file)
    return columns


def said_besides(fields: Sequence[str], columns: dict[str, str], sheet: Sheet, file: Path) -> dict[str, str]:
    """The columns for these fields, where there are such, among those that ``columns`` leaves; as above."""
    found: dict[str, str] = {}
    for field in fields:
        left = [name for name in sheet.columns if name not in {*columns.values(), *found.values()}]
        column = _column(field, left, sheet, file, synonyms=field != "group" or "split" not in found)
        if column is not None:
            found[field] = column
    return found


def _places(sheet: Sheet, file: Path) -> dict[str, str]:
    """The columns that say where a sample is: ``cell``; or ``path``, or ``key``, or both."""
    files = listed_files()
    if files and (cell := cell_column(sheet.columns, files)):
        return {"cell": cell}
    return file_columns(sheet, file)


def file_columns(sheet: Sheet, file: Path) -> dict[str, str]:
    """The columns that say in which file a sample lies, and under which key: ``path``, or ``key``, or both."""
    files = listed_files()
    path = _column("path", sheet.columns, sheet, file, synonyms=True)
    if files is None or not files.containers:
        key = None
    elif path is None:
        key = key_column(sheet.columns)
    else:
        key = next((name for name in sheet.columns if plain(name) == "key"), None)
    return {field: name for field, name in (("path", path), ("key", key)) if name is not None}


def cell_column(names: Sequence[str], files: FileTypes) -> str | None:
    """The column that holds the samples themselves, by the order in which a modality names such."""
    return next((name for wanted in files.cells for name in names if plain(name) == wanted), None)


def _column(field: str, names: list[str], sheet: Sheet, file: Path, synonyms: bool) -> str | None:
    """The one column for ``field``, by the first of the rules under which there is one."""
    rules: list[Callable[[str], bool]] = [lambda name: name == field, lambda name: plain(name) == field]
    if synonyms:
        rules.append(lambda name: plain(name) in SYNONYMS[field])
    if field == "split":
        rules.append(lambda name: _names_splits(line.cells[name] for line in sheet.lines))
    rules.append(lambda name: bool(get_close_matches(plain(name), [field], cutoff=NEAR)))
    for rule in rules:
        matches = [name for name in names if rule(name)]
        if len(matches) > 1:
            raise UserError(
                f"{file} has several columns for {field}: {', '.join(matches)}; call the right one {field}."
            )
        if matches:
            return matches[0]
    return None


def _names_splits(values: Iterable[str]) -> bool:
    """Whether nothing but names of splits stands there, and more than one of them."""
    splits = {split_of(value) for value in values if value}
    return len(splits) > 1 and None not in splits


def _check(columns: dict[str, str], sheet: Sheet, file: Path, labelled: bool) -> None:
    missing = [] if {"path", "key", "cell"} & set(columns) else ["path"]
    missing += ["label"] if labelled and "label" not in columns else []
    if missing:
        raise UserError(
            f"{file} needs the columns path,label[,split][,group]; it lacks {' and '.join(missing)} and has: "
            f"{', '.join(sheet.columns)}.{_instead() if 'path' in missing else ''}"
        )
    check_flags(columns, sheet, file)


def check_flags(columns: dict[str, str], sheet: Sheet, file: Path) -> None:
    """Raises UserError where columns such as ``is_test`` say what a column split should."""
    flags = [name for name in sheet.columns if split_of(plain(name).removeprefix("is_"))]
    if flags and "split" not in columns:
        raise UserError(
            f"{file} has no column split but {', '.join(flags)}; write one column split with train, val or test, so "
            "that no test clip is trained on, or remove what is not meant so."
        )


def _instead() -> str:
    """What may stand in the place of a path."""
    files = listed_files()
    ways = ["a column key, of what is in one file"] if files and files.containers else []
    ways += [f"a column {' or '.join(files.cells)}, which holds the samples"] if files and files.cells else []
    return f" In the place of path: {'; or '.join(ways)}." if ways else ""


def tell_columns(columns: dict[str, str], sheet: Sheet, file: Path) -> None:
    """Says what is read of a table by another name than its own, and what is not read."""
    renamed = [f"{name} as {field}" for field, name in columns.items() if name != field]
    if renamed:
        logger.info("%s: reading the column %s.", file, ", ".join(renamed))
    unread = [name for name in sheet.columns if name not in columns.values()]
    if unread:
        logger.info("%s: columns that are not read: %s.", file, ", ".join(unread))
    if "group" not in columns:
        _warn_of_groups([name for name in unread if plain(name) in SYNONYMS["group"]], columns, sheet, file)


def _warn_of_groups(names: list[str], columns: dict[str, str], sheet: Sheet, file: Path) -> None:
    """Says where what reads like a group lies on both sides of the official split."""
    for name in names:
        sides: dict[str, set[str | None]] = {}
        for line in sheet.lines:
            sides.setdefault(line.cells[name], set()).add(split_of(line.cells[columns["split"]]))
        torn = sorted(value for value, splits in sides.items() if value and len(splits) > 1)
        if torn:
            logger.warning(
                "%s: %d of %d values of the column %s, such as %s, are on more than one side of the official split, "
                "which is kept: scores may be too good. Call the column group and leave split out to divide by it.",
                *(file, len(torn), len(sides), name, torn[0]),
            )
