"""Corpora whose labels are the names of folders."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from seqpipe.media.corpora.class_folders import ClassFolder, read_classes
from seqpipe.media.corpora.files import printable, sample_words, sequence_kind
from seqpipe.media.corpora.listing import Row, split_of
from seqpipe.media.corpora.names import is_side_file, is_system
from seqpipe.media.corpora.walk import Folder, Walk, is_unreadable
from seqpipe.media.decoding.images import natural_key

logger = logging.getLogger(__name__)


def folders_in(root: Path) -> list[Path]:
    """The folders directly under ``root``, hidden ones and those of the system aside."""
    folders, _ = _sorted_out(root)
    return sorted(folders, key=lambda folder: natural_key(folder.name))


def holds_samples(folder: Path) -> bool:
    """Whether something that may be a sample lies in the folder, at any depth; a linked folder may hold anything."""
    folders, files = _sorted_out(folder)
    return not all(map(is_side_file, files)) or any(os.path.islink(sub) or holds_samples(sub) for sub in folders)


def _sorted_out(folder: Path) -> tuple[list[Path], list[str]]:
    """The folders in a folder, and the names of the files; nothing where it is unreadable: reading will say so."""
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not is_system(entry.name)]
    except OSError:
        return [], []
    folders = [entry.name for entry in shown if (os.path.isdir(entry) if entry.is_symlink() else entry.is_dir())]
    return [folder / name for name in folders], list({entry.name for entry in shown}.difference(folders))


def is_class_folders(root: Path) -> bool:
    """Whether ``root`` is a folder of folders."""
    return root.is_dir() and bool(folders_in(root))


def read_class_folders(root: Path) -> list[Row]:
    """One folder a class, of videos, folders of frames, or images; what lies beside them has no label."""
    walk = Walk([root])
    top, folders = walk.look(root)
    return _read(walk, root, _unlabelled(top), [ClassFolder(folder, folder.name, None) for folder in folders])


def is_split_folders(root: Path) -> bool:
    """Whether a training folder holds class folders, and beside it lies another split, or nothing that has samples."""
    folders = folders_in(root) if root.is_dir() else []
    splits = {folder: split_of(folder.name) for folder in folders}
    if not any(
        split == "train" and (_class_folders(folder) or is_unreadable(folder)) for folder, split in splits.items()
    ):
        return False
    strays = [folder for folder, split in splits.items() if split is None]
    return len(set(splits.values()) - {None}) > 1 or not any(map(holds_samples, strays))


def _class_folders(folder: Path) -> list[Path]:
    return [sub for sub in folders_in(folder) if holds_samples(sub)]


def read_split_folders(root: Path) -> list[Row]:
    """train / val / test folders of class folders; what lies beside them, and splits without classes, is not used."""
    splits = {folder: split_of(folder.name) for folder in folders_in(root)}
    walk = Walk([folder for folder, split in splits.items() if split])
    rows = _unlabelled(walk.look(root)[0]) + _strays([folder for folder, split in splits.items() if split is None])
    classes: list[ClassFolder] = []
    for folder in sorted((folder for folder, split in splits.items() if split), key=os.path.islink):
        top, below = walk.look(folder, split=splits[folder])
        rows += _unlabelled(top, splits[folder]) if below or walk.was_rejected(folder) else _strays([folder])
        classes += [ClassFolder(sub, sub.name, splits[folder]) for sub in below]
    return _read(walk, root, rows, classes)


def is_class_split_folders(root: Path) -> bool:
    """Whether every folder that has samples holds folders named after splits, and nothing else that has any."""
    folders = _class_folders(root) if root.is_dir() else []
    inner = [[split_of(sub.name) for sub in _class_folders(folder)] for folder in folders]
    found = [split for splits in inner for split in splits]
    return len(folders) > 1 and all(inner) and all(found) and "train" in found


def read_class_split_folders(root: Path) -> list[Row]:
    """Class folders that each hold train / val / test."""
    walk = Walk([root])
    top, folders = walk.look(root)
    rows, classes = _unlabelled(top), []
    for folder in folders:
        top, below = walk.look(folder, folder.name)
        rows += _unlabelled(top)
        classes += [ClassFolder(sub, folder.name, split_of(sub.name)) for sub in below]
    return _read(walk, root, rows, classes)


def _read(walk: Walk, root: Path, rows: list[Row], classes: list[ClassFolder]) -> list[Row]:
    rows = rows + read_classes(walk, classes)
    walk.tell(root)
    return rows + walk.rejected


def _unlabelled(folder: Folder, split: str | None = None) -> list[Row]:
    """Files that lie beside the class folders: listed without a label, for the quarantine to name."""
    videos = [Row(path, sequence_kind(path), None, split) for path in folder.videos]
    return videos + [Row(path, "image", None, split) for path in folder.images]


def _strays(folders: Sequence[Path]) -> list[Row]:
    """Folders that are no part of the layout: where they hold samples, a warning and a row in the quarantine each."""
    rows = []
    for folder in folders:
        if holds_samples(folder) or is_unreadable(folder):
            logger.warning("%s is no split with class folders; nothing in it is used.", printable(str(folder)))
            detail = "It is no split with class folders, so nothing gives its content a label."
            rows.append(Row(folder, "frames", None).rejected("label_unknown", detail))
        else:
            logger.info("Passed over %s: it holds no %s.", printable(str(folder)), sample_words())
    return rows
