"""What is checked before ``ingest``."""

from __future__ import annotations

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError


def check_corpus(corpus: CorpusConfig) -> None:
    """Raises a UserError where there is no corpus."""
    if corpus.path is not None and not corpus.path.expanduser().exists():
        raise UserError(f"corpus.path {corpus.path} does not exist; name a folder of videos or a .csv manifest.")


CHECKS = (check_corpus,)
