"""Which samples are meant by what a user names: files, folders, patterns, manifests."""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.containers import is_container, samples_in
from seqpipe.media.corpora.files import sample_words, suffix_kind
from seqpipe.media.corpora.listing import Row, kind_of
from seqpipe.media.corpora.manifests import is_list, read_manifest
from seqpipe.media.corpora.reading import listing_of
from seqpipe.media.corpora.walk import Folder, Walk
from seqpipe.media.medium import FileTypes, reading_for
from seqpipe.media.parts.paths import split_part

logger = logging.getLogger(__name__)


def listing_of_paths(paths: Sequence[str], files: FileTypes | None, images: bool) -> pd.DataFrame:
    """A listing as ``read_corpus`` gives it, without labels; a sample that is named twice is there once.

    Args:
        paths: Files; folders, which are read at any depth; patterns with ``*``, ``?`` or ``[]``; ``.csv`` manifests
            with the columns that those of a corpus have, of which the label may be missing; parts of files. A file of
            several samples names them all.
        files: Which files are samples; None: videos, folders of frames, and images.
        images: Whether each image of a folder is a sample, or all images of a folder are the frames of one.

    Raises:
        UserError: A path or pattern that nothing has, or no sample at all.
    """
    with reading_for(files):
        rows = {str(row.path): row for path in paths for row in _rows(path, images)}
        if not rows:
            raise UserError(f"{', '.join(paths)}: there is no sample in it; name videos, images or folders of them.")
        return listing_of([row._replace(label=None, split=None) for row in rows.values()], Path.cwd())


def listing_of_files(files: Iterable[Path], kinds: FileTypes | None) -> pd.DataFrame:
    """The same of files that are there, each a sample; ``kinds`` is what ``files`` is above.

    A table whose rows or cells are samples, and which is none itself, is for the quarantine: it has no one answer.
    """
    with reading_for(kinds):
        return listing_of([_alone(file) for file in files], Path.cwd())


def _alone(file: Path) -> Row:
    row = Row(file, kind_of(file), None)
    if not is_container(file) or suffix_kind(file):
        return row
    return row.rejected(
        "several_samples",
        f"It is a table, which may hold several {sample_words()}: send each as a file of its own, or ask "
        "`seqpipe predict`, which reads a table row by row.",
    )


def _rows(named: str, images: bool) -> Iterator[Row]:
    path = Path(named).expanduser()
    if (part := split_part(path)) and is_container(part.file):
        yield Row(path.absolute(), kind_of(path), None)
        return
    there = os.path.lexists(path)  # of a link that leads nowhere probing tells: a shell's pattern names it as well
    if not there and glob.has_magic(named):
        found = sorted(glob.glob(str(path), recursive=True))
        if not found:
            raise UserError(f"{named}: no file has a name of that pattern.")
        for one in found:
            yield from _rows(glob.escape(one) if glob.has_magic(one) else one, images)
        return
    if not there:
        raise UserError(f"{named} does not exist; name a file, a folder, a pattern or a .csv manifest.")
    path = path.absolute()
    if path.is_file() and is_list(path):
        yield from read_manifest(path, labelled=False)
    elif path.is_dir():
        walk = Walk([path])
        yield from _in_folder(walk.read(path), images)
        walk.tell(path)
        yield from walk.rejected
    else:
        yield from (Row(sample, kind_of(sample), None) for sample in samples_in(path))


def _in_folder(folder: Folder, images: bool) -> Iterator[Row]:
    samples = (sample for video in folder.videos for sample in samples_in(video))
    yield from (Row(sample, kind_of(sample), None) for sample in samples)
    if folder.images and folder.videos and not images:
        logger.warning("%s: %d images beside the videos are not asked about.", folder.path, len(folder.images))
    else:
        yield from _of_images(folder.path, folder.images, images)
    for below in folder.folders:
        yield from _in_folder(below, images)


def _of_images(folder: Path, pictures: Iterable[Path], images: bool) -> Iterator[Row]:
    if images:
        yield from (Row(picture, "image", None) for picture in pictures)
    elif list(pictures):
        yield Row(folder, "frames", None)
