"""Corpora whose labels are the names of folders."""

from __future__ import annotations

from pathlib import Path

from seqpipe.media.files import suffix_kind, visible
from seqpipe.media.listing import SPLIT_NAMES, Row, class_rows, tell_ignored


def folders_in(root: Path) -> list[Path]:
    """The folders directly under ``root``, hidden ones aside."""
    return [entry for entry in visible(root) if entry.is_dir()]


def unlabelled_rows(folder: Path, split: str | None = None) -> list[Row]:
    """Samples that lie beside the class folders: listed without a label, for the quarantine to name."""
    kinds = ((entry, suffix_kind(entry)) for entry in visible(folder) if entry.is_file())
    return [Row(entry, kind, None, split) for entry, kind in kinds if kind]


def is_class_folders(root: Path) -> bool:
    """Whether ``root`` is a folder of folders."""
    return root.is_dir() and bool(folders_in(root))


def read_class_folders(root: Path) -> list[Row]:
    """One folder a class, of videos, folders of frames, or images; what lies beside them has no label."""
    rows = unlabelled_rows(root)
    for folder in folders_in(root):
        rows += class_rows(folder, folder.name)
    return rows


def is_split_folders(root: Path) -> bool:
    """Whether the folders are named after splits, train among them, and hold folders in their turn."""
    if not root.is_dir():
        return False
    folders = folders_in(root)
    splits = {SPLIT_NAMES.get(folder.name.casefold()) for folder in folders}
    return "train" in splits and None not in splits and all(folders_in(folder) for folder in folders)


def read_split_folders(root: Path) -> list[Row]:
    """train / val / test folders of class folders; other folders beside them are passed over."""
    rows: list[Row] = []
    for folder in folders_in(root):
        split = SPLIT_NAMES.get(folder.name.casefold())
        if split is None:
            tell_ignored(root, [folder])
            continue
        rows += unlabelled_rows(folder, split)
        for label_folder in folders_in(folder):
            rows += class_rows(label_folder, label_folder.name, split)
    return rows
