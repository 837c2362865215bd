"""Reading a corpus: which layout it has, and the listing of its samples."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seqpipe.config import CorpusConfig, LayoutName
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import REFERENCES
from seqpipe.media.corpora.files import printable, sample_words, suffix_kind, visible
from seqpipe.media.corpora.folder_layouts import (
    folders_in,
    is_class_folders,
    is_class_split_folders,
    is_split_folders,
    read_class_folders,
    read_class_split_folders,
    read_split_folders,
)
from seqpipe.media.corpora.kept_columns import KEPT, check_columns, kept_cells
from seqpipe.media.corpora.layout_doubts import doubt_of_class_splits, doubt_of_classes, doubt_of_split_classes
from seqpipe.media.corpora.list_layouts import (
    is_hmdb51_lists,
    is_ucf101_lists,
    read_hmdb51_lists,
    read_ucf101_lists,
)
from seqpipe.media.corpora.listing import Row, sample_id
from seqpipe.media.corpora.listing_checks import check_listing, tell_rejected, usable_rows
from seqpipe.media.corpora.loose_files import is_folder, read_files
from seqpipe.media.corpora.manifests import is_manifest, read_manifest
from seqpipe.media.corpora.walk import check_readable, is_unreadable
from seqpipe.media.medium import FileTypes, listed_files, reading_for
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

COLUMNS = ["id", "path", "kind", "label", "split", "group", "reason", "detail"]
KIND_WORDS = {"video": "videos", "frames": "folders of frames", "image": "images"}


@dataclass(frozen=True)
class Layout:
    """One way a corpus can be laid out; ``doubt`` says why a corpus that looks so probably is not."""

    words: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], list[Row]]
    doubt: Callable[[Path], str | None] | None = None


LAYOUTS: dict[LayoutName, Layout] = {
    "manifest": Layout("a CSV manifest", is_manifest, read_manifest),
    "ucf101_lists": Layout("UCF101's split lists", is_ucf101_lists, read_ucf101_lists),
    "hmdb51_lists": Layout("HMDB51's split lists", is_hmdb51_lists, read_hmdb51_lists),
    "split_folders": Layout(
        "train / val / test folders of classes", is_split_folders, read_split_folders, doubt_of_split_classes
    ),
    "class_split_folders": Layout(
        "folders of classes that hold train / val / test",
        is_class_split_folders,
        read_class_split_folders,
        doubt_of_class_splits,
    ),
    "class_folders": Layout("folders of classes", is_class_folders, read_class_folders, doubt_of_classes),
    "files": Layout("files without labels", is_folder, read_files),
}
"""Every layout by name; the first that recognises a corpus reads it."""
WITHOUT_LABELS: tuple[LayoutName, ...] = ("manifest", "files")
"""Those that come into question where no sample needs a label."""


@dataclass(frozen=True)
class Corpus:
    """A corpus as its layout describes it, before any file is opened.

    ``listing`` has a row a sample: id (path relative to root, unique), path (absolute), kind (video, frames
    or image), label, split (train, val, test) and group; these three are None where nothing names them, and a column
    ``column:<name>`` for each of ``corpus.columns``. Where sentences are read, ``references`` is a list of them. Where
    ``reason`` is not None the row is no sample: it and the sentence ``detail`` are for the quarantine.
    """

    root: Path
    layout: str
    listing: pd.DataFrame


def read_corpus(config: CorpusConfig, files: FileTypes | None = None, labelled: bool = True) -> Corpus:
    """Lists the samples of ``config.path``; raises UserError where there is no corpus to learn from.

    Args:
        config: Where it lies, and how it is laid out.
        files: Which files are samples; None: videos, folders of frames, and images.
        labelled: Whether samples have to have labels; else none has one, whatever the corpus says.
    """
    with reading_for(files):
        return _read_corpus(config, labelled)


def _read_corpus(config: CorpusConfig, labelled: bool) -> Corpus:
    path = existing_path(config.path)
    name = _recognised(path, labelled) if config.layout == "auto" else _named(config.layout)
    root = path.parent if path.is_file() else path
    rows = LAYOUTS[name].read(path) if labelled else _rows_without_labels(path, name)
    check_columns(rows, config.columns, path)
    listing = listing_of(rows, root, config.columns)
    tell_rejected(listing)
    check_listing(listing, path, LAYOUTS[name].words, labelled)
    _tell(listing, path, name, recognised=config.layout == "auto")
    return Corpus(root, name, listing)


def _named(layout: str) -> LayoutName:
    """The layout of that name; raises UserError where it is one of sentences."""
    known = next((name for name in LAYOUTS if name == layout), None)
    if known is None:
        raise UserError(
            f"corpus.layout {layout} is one of sentences, which this pipeline does not read; it takes "
            f"{', '.join(LAYOUTS)}, or auto."
        )
    return known


def _rows_without_labels(path: Path, name: LayoutName) -> list[Row]:
    rows = read_manifest(path, labelled=False) if name == "manifest" else LAYOUTS[name].read(path)
    return [row._replace(label=None) for row in rows]


def existing_path(path: Path | None) -> Path:
    """``corpus.path`` as an absolute path; raises UserError where nothing is there, or it cannot be read."""
    if path is None:
        raise UserError("corpus.path is empty: name a folder of videos or a .csv manifest.")
    path = path.expanduser().absolute()
    if not os.path.exists(path):  # Path.exists raises where it may not look
        raise UserError(f"corpus.path {path} does not exist; name a folder of videos or a .csv manifest.")
    check_readable(path)
    return path


def _recognised(path: Path, labelled: bool) -> LayoutName:
    for name, layout in LAYOUTS.items():
        if (name != "files" if labelled else name in WITHOUT_LABELS) and layout.recognises(path):
            if layout.doubt and (doubt := layout.doubt(path)):
                raise UserError(f"{doubt}; if they are right as they are, set corpus.layout to {name}.{_unread(path)}")
            return name
    if path.is_file():
        raise UserError(f"corpus.path {path} is a single file; expected a folder or a .csv manifest.")
    loose = sum(suffix_kind(entry) is not None for entry in visible(path))
    raise UserError(
        f"{path} holds {loose} loose {_loose_words()} and no class folders; put the files of each class "
        "in a folder named after it, or write a manifest.csv with the columns path,label."
    )


def _unread(path: Path) -> str:
    """A sentence of the folders that could not be looked into, which may be why a layout is doubted."""
    names = [sub.name for folder in folders_in(path) for sub in (folder, *folders_in(folder)) if is_unreadable(sub)]
    return f" (What cannot be read may be why: {', '.join(map(printable, names[:5]))}.)" if names else ""


def _loose_words() -> str:
    files = listed_files()
    return "video or image files" if files is None else files.words


def listing_of(rows: list[Row], root: Path, kept: Sequence[str] = (), with_references: bool = False) -> pd.DataFrame:
    """The table of a reader's rows, sorted by id, with the further columns of a manifest that are to be ``kept``."""
    records = [
        row._replace(label=normal_text(printable(row.label or "")) or None)._asdict()
        | {"id": printable(sample_id(row.path, root)), "path": printable(str(row.path))}
        | {REFERENCES: [printable(sentence) for sentence in row.references]}
        | kept_cells(row, kept)
        for row in rows
    ]
    columns = [*COLUMNS, *([REFERENCES] if with_references else []), *(KEPT + name for name in kept)]
    listing = pd.DataFrame(records, columns=columns, dtype=object)
    return listing.sort_values("id", ignore_index=True)


def _tell(listing: pd.DataFrame, path: Path, name: LayoutName, recognised: bool) -> None:
    usable = usable_rows(listing)
    beside = ""
    if name == "manifest" and path.is_dir() and folders_in(path):
        beside = " (its manifest.csv is taken before its folders)"
    classes = usable["label"].nunique()
    logger.info(
        "%s %s as %s: %s%s%s",
        "Recognised" if recognised else "Read",
        printable(str(path)),
        LAYOUTS[name].words,
        counted_kinds(usable),
        f", {classes} classes" if classes else "",
        beside,
    )


def counted_kinds(usable: pd.DataFrame) -> str:
    """How many samples there are of each kind, in words."""
    kinds = usable["kind"].value_counts()
    return ", ".join(f"{count} {KIND_WORDS.get(str(kind), sample_words())}" for kind, count in kinds.items())
