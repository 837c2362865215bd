"""What is checked before ``ingest``."""

from __future__ import annotations

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import AUTO, PREFIX, check_known, embedded_name
from seqpipe.modalities.registry import PICTURES, check_modality


def check_corpus(corpus: CorpusConfig) -> None:
    """Raises a UserError where there is no corpus, or its samples are to be what nobody knows."""
    if corpus.modality != AUTO:
        check_modality(corpus.modality)
    if corpus.path is None:
        return
    name = embedded_name(corpus.path, default=None)
    if name is not None:
        check_known(name)
    elif not corpus.path.expanduser().exists():
        raise UserError(
            f"corpus.path {corpus.path} does not exist; name a folder of videos, a .csv manifest or {PREFIX}<name>."
        )


def check_pictures(corpus: CorpusConfig) -> None:
    """Raises a UserError where a CNN is to be trained on samples that are no pictures."""
    check_corpus(corpus)
    if corpus.modality not in (PICTURES, AUTO):
        raise UserError(
            f"This pipeline trains a CNN, which reads pictures, and corpus.modality is {corpus.modality}: run "
            "`kedro run`, whose models read features of any modality."
        )


CHECKS = (check_corpus,)
