"""Pairs of sentences: a source, which is read, and the targets that it is to become."""

from __future__ import annotations

from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing import Row
from seqpipe.media.medium import listed_files
from seqpipe.media.references.aligned import aligned_texts, read_aligned
from seqpipe.media.references.pair_tables import is_pair_table, read_pair_table
from seqpipe.media.references.paired import rows_of_pairs
from seqpipe.media.references.tables import tables_at


def is_pairs(root: Path) -> bool:
    """Whether ``root`` is a table of sources and targets or one of two aligned texts, or a folder with such.

    Raises UserError where several tables come into question, or texts of several languages.
    """
    files = listed_files()
    return files is not None and bool(files.cells) and bool(tables_at(root, is_pair_table) or aligned_texts(root))


def read_pairs(root: Path) -> list[Row]:
    """One row a source, which is a part of its file, with the targets as references; see ``rows_of_pairs``.

    Raises:
        UserError: There are no pairs, or columns cannot be told apart, or aligned texts are of several lengths.
    """
    tables, texts = tables_at(root, is_pair_table), aligned_texts(root)
    if not tables and not texts:
        raise UserError(
            f"{root} holds no pairs; expected a table with the columns source,target[,split][,group], or with two that "
            "are called by the codes of languages, such as de,en; or a table without a header, tabs between its "
            "sentences; or texts of as many lines, such as train.de and train.en."
        )
    pairs = [pair for table in tables for pair in read_pair_table(*table)]
    if not tables:
        pairs = [pair for two in texts for pair in read_aligned(two)]
    return rows_of_pairs(pairs, str(root))
