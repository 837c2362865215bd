"""Reading a corpus of sentences: which layout it has, and the listing of its samples with their references."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seqpipe.config import CorpusConfig, ReferenceLayoutName
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import REFERENCES
from seqpipe.media.corpora.files import printable
from seqpipe.media.corpora.kept_columns import check_columns
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.listing_checks import check_listing, tell_rejected, usable_rows
from seqpipe.media.corpora.reading import Corpus, counted_kinds, existing_path, listing_of
from seqpipe.media.medium import FileTypes, reading_for
from seqpipe.media.references.captions import is_captions, read_captions
from seqpipe.media.references.json_captions import is_coco, is_msrvtt, read_coco, read_msrvtt
from seqpipe.media.references.pairs import is_pairs, read_pairs
from seqpipe.media.references.text_captions import is_flickr8k, is_msvd, read_flickr8k, read_msvd

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReferenceLayout:
    """One way a corpus of sentences can be laid out."""

    words: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], list[Row]]


REFERENCE_LAYOUTS: dict[ReferenceLayoutName, ReferenceLayout] = {
    "captions": ReferenceLayout("a table of captions", is_captions, read_captions),
    "coco": ReferenceLayout("captions in the JSON of COCO or of Karpathy", is_coco, read_coco),
    "msrvtt": ReferenceLayout("captions in the JSON of MSR-VTT", is_msrvtt, read_msrvtt),
    "flickr8k": ReferenceLayout("captions in the list of Flickr8k", is_flickr8k, read_flickr8k),
    "msvd": ReferenceLayout("captions in the list of MSVD", is_msvd, read_msvd),
    "pairs": ReferenceLayout("pairs of sentences", is_pairs, read_pairs),
}
"""Every layout by name; the first that recognises a corpus reads it."""


def read_references(config: CorpusConfig, files: FileTypes | None = None) -> Corpus:
    """Lists the samples of ``config.path`` with the sentences that are told of each, one or more.

    Args:
        config: Where it lies, and how it is laid out.
        files: Which files are samples; None: videos, folders of frames, and images.

    Raises:
        UserError: There is no corpus of sentences.
    """
    with reading_for(files):
        path = existing_path(config.path)
        name = _recognised(path) if config.layout == "auto" else _named(config.layout)
        rows = REFERENCE_LAYOUTS[name].read(path)
        check_columns(rows, config.columns, path)
        root = path.parent if path.is_file() else path
        listing = listing_of(rows, root, config.columns, with_references=True)
        tell_rejected(listing)
        check_listing(listing, path, REFERENCE_LAYOUTS[name].words, labelled=False)
        _tell(listing, path, name, recognised=config.layout == "auto")
        return Corpus(root, name, listing)


def _recognised(path: Path) -> ReferenceLayoutName:
    for name, layout in REFERENCE_LAYOUTS.items():
        if layout.recognises(path):
            return name
    known = "; ".join(f"{layout.words} ({name})" for name, layout in REFERENCE_LAYOUTS.items())
    raise UserError(
        f"{path} holds no sentences that are told of samples; known are {known}. Write a captions.csv with the columns "
        "path,caption, or a pairs.csv with the columns source,target; see docs/corpora.md."
    )


def _named(layout: str) -> ReferenceLayoutName:
    known = next((name for name in REFERENCE_LAYOUTS if name == layout), None)
    if known is None:
        raise UserError(
            f"corpus.layout {layout} tells no sentences of samples, which are learned here; name one of "
            f"{', '.join(REFERENCE_LAYOUTS)}, or auto."
        )
    return known


def _tell(listing: pd.DataFrame, path: Path, name: ReferenceLayoutName, recognised: bool) -> None:
    usable = usable_rows(listing)
    counts = usable[REFERENCES].map(len)
    logger.info(
        "%s %s as %s: %s, %d references, %s a sample",
        "Recognised" if recognised else "Read",
        printable(str(path)),
        REFERENCE_LAYOUTS[name].words,
        counted_kinds(usable),
        counts.sum(),
        counts.min() if counts.nunique() == 1 else f"{counts.min()} to {counts.max()}",
    )
