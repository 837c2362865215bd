"""Corpora of files that need no label: each file at any depth is a sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqpipe.media.corpora.containers import samples_in
from seqpipe.media.corpora.listing import Row, kind_of, split_of
from seqpipe.media.corpora.walk import Folder, Walk


def is_folder(root: Path) -> bool:
    """Whether it is a folder: whatever lies in it are the samples."""
    return root.is_dir()


def read_files(root: Path) -> list[Row]:
    """A row a file, or a part of one; of folders called train, val and test the splits, where there is train."""
    walk = Walk([root])
    top = walk.read(root)
    splits = {below.path: split_of(below.path.name) for below in top.folders}
    rows = list(_rows(Folder(root, top.videos, top.images), None))
    for below in top.folders:
        rows += _rows(below, splits[below.path] if "train" in splits.values() else None)
    walk.tell(root)
    return rows + walk.rejected


def _rows(folder: Folder, split: str | None) -> Iterator[Row]:
    samples = (sample for file in folder.videos for sample in samples_in(file))
    yield from (Row(sample, kind_of(sample), None, split) for sample in samples)
    yield from (Row(picture, "image", None, split) for picture in folder.images)
    for below in folder.folders:
        yield from _rows(below, split)
