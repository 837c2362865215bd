"""Corpora whose labels and splits stand in lists: a CSV manifest, and the lists of UCF101 and HMDB51."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from seqpipe.errors import UserError
from seqpipe.media.files import suffix_kind, visible
from seqpipe.media.listing import Row, kind_of, split_named

logger = logging.getLogger(__name__)

MANIFEST_NAME = "manifest.csv"
UCF101_LIST = re.compile(r"(train|test)list(\d+)\.txt")
UCF101_GROUP = re.compile(r"v_(.+_g\d+)_c\d+")
HMDB51_LIST = re.compile(r"(.+)_test_split(\d+)\.txt")
HMDB51_SPLITS = {"0": None, "1": "train", "2": "test"}


def is_manifest(root: Path) -> bool:
    """Whether ``root`` is a CSV file or a folder with a manifest.csv."""
    return (root.suffix.casefold() == ".csv" and root.is_file()) or (root / MANIFEST_NAME).is_file()


def read_manifest(root: Path) -> list[Row]:
    """A CSV with the columns path and label, and split and group where there are; paths relative to it."""
    file = root if root.is_file() else root / MANIFEST_NAME
    if not file.is_file():
        raise UserError(f"Expected a .csv file or a folder with a {MANIFEST_NAME}, got {root}; mend corpus.path.")
    table = _manifest_table(file)
    rows = [
        Row(
            path=(path := file.parent / line["path"]),
            kind=kind_of(path),
            label=line["label"] or None,
            split=split_named(line.get("split", ""), f"line {number} of {file}"),
            group=line.get("group") or None,
        )
        for number, line in enumerate(table.to_dict("records"), start=2)
    ]
    return _without_repeats(rows, file)


def _manifest_table(file: Path) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop cells beyond the last column
            # index_col: where lines end in a comma, pandas would take the first column for an index. dtype: with
            # str, pandas 3 takes the emptiness after that comma for a loss.
            table = pd.read_csv(file, dtype=object, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except pd.errors.ParserWarning as warning:
        raise UserError(
            f"{file} has lines with more cells than its header has columns; name every column, and put a value "
            "with a comma in quotes."
        ) from warning
    except (ValueError, OSError) as error:  # pandas' parser and decoding errors are ValueErrors
        raise UserError(f"{file} cannot be read as a CSV manifest: {str(error).strip()}.") from error
    table.columns = [str(column).strip() for column in table.columns]
    missing = {"path", "label"} - set(table.columns)
    if missing:
        raise UserError(
            f"{file} needs the columns path,label[,split][,group] separated by commas; it lacks "
            f"{' and '.join(sorted(missing))} and has: {', '.join(table.columns)}."
        )
    table = table.apply(lambda column: column.str.strip())
    if (table["path"] == "").any():
        raise UserError(f"Line {int((table['path'] == '').argmax()) + 2} of {file} has no path; mend or remove it.")
    return table


def _without_repeats(rows: list[Row], file: Path) -> list[Row]:
    """Every sample once; raises UserError where a path stands twice and not with the same words."""
    by_path: dict[Path, Row] = {}
    for row in rows:
        if by_path.setdefault(row.path, row) != row:
            raise UserError(f"{file} lists {row.path} twice, with different words; keep one of the two lines.")
    if len(by_path) < len(rows):
        logger.info("%s lists %d path(s) more than once; each counts once.", file, len(rows) - len(by_path))
    return list(by_path.values())


def is_ucf101_lists(root: Path) -> bool:
    """Whether trainlistNN.txt lies in the folder or in one directly under it."""
    return root.is_dir() and bool(_list_files(root, UCF101_LIST))


def read_ucf101_lists(root: Path) -> list[Row]:
    """The lowest-numbered official split of UCF101: ``Class/v_Class_gNN_cNN.avi`` a line.

    Soomro et al., UCF101 (2012). The clips of one group (gNN of a class) come from one source video.
    """
    lists = _lowest_numbered(_list_files(root, UCF101_LIST), number_at=2)
    videos = _index_videos(root)
    rows: list[Row] = []
    for file, match in lists:
        for line in _lines(file):
            name = re.sub(r"\s+\d+$", "", line)  # training lists end each line with the class number
            label, stem = Path(name).parent.name, Path(name).stem
            group = UCF101_GROUP.fullmatch(stem)
            path = _find(videos, root, label, Path(name).name)
            rows.append(Row(path, "video", label or None, match[1], group[1] if group else None))
    return rows


def is_hmdb51_lists(root: Path) -> bool:
    """Whether <class>_test_splitN.txt files lie in the folder or in one directly under it."""
    return root.is_dir() and bool(_list_files(root, HMDB51_LIST))


def read_hmdb51_lists(root: Path) -> list[Row]:
    """The lowest-numbered official split of HMDB51: ``name.avi 1`` a line; 1 train, 2 test, 0 unused.

    Kuehne et al., HMDB (2011).
    """
    lists = _lowest_numbered(_list_files(root, HMDB51_LIST), number_at=2)
    videos = _index_videos(root)
    rows: list[Row] = []
    unused = 0
    for file, match in lists:
        for line in _lines(file):
            name, _, code = line.rpartition(" ")
            if code not in HMDB51_SPLITS or not name:
                raise UserError(f"{file} has the line {line!r}; expected a file name and 0, 1 or 2.")
            split = HMDB51_SPLITS[code]
            unused += split is None
            if split:
                rows.append(Row(_find(videos, root, match[1], name.strip()), "video", match[1], split))
    if unused:
        logger.info("%d video(s) are in neither side of this official split and left out.", unused)
    return rows


def _list_files(root: Path, pattern: re.Pattern[str]) -> list[tuple[Path, re.Match[str]]]:
    files = sorted([*root.glob("*.txt"), *root.glob("*/*.txt")])
    return [(file, match) for file in files if (match := pattern.fullmatch(file.name))]


def _lowest_numbered(files: list[tuple[Path, re.Match[str]]], number_at: int) -> list[tuple[Path, re.Match[str]]]:
    numbers = sorted({int(match[number_at]) for _, match in files})
    if not numbers:
        raise UserError("No split lists were found in corpus.path; point it to the folder that holds them.")
    if len(numbers) > 1:
        logger.info("Official splits %s are there; split %d is used.", numbers, numbers[0])
    return [(file, match) for file, match in files if int(match[number_at]) == numbers[0]]


def _lines(file: Path) -> Iterator[str]:
    return (line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())


def _index_videos(root: Path) -> dict[tuple[str, str], Path]:
    """Every video by (its folder's name, its name), and by name alone."""
    index: dict[tuple[str, str], Path] = {}
    linked = [entry for entry in visible(root) if entry.is_symlink() and entry.is_dir()]  # rglob stops at links
    for path in sorted(path for base in (root, *linked) for path in base.rglob("*")):
        if suffix_kind(path) == "video":
            index[path.parent.name, path.name] = path
            index.setdefault(("", path.name), path)
    return index


def _find(videos: dict[tuple[str, str], Path], root: Path, folder: str, name: str) -> Path:
    """Where a listed video lies; where it should lie, if it is missing (probing then says so)."""
    return videos.get((folder, name)) or videos.get(("", name)) or root / folder / name
