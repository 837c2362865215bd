"""What is checked before ``ingest``."""

from __future__ import annotations

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import PREFIX, check_known, embedded_name


def check_corpus(corpus: CorpusConfig) -> None:
    """Raises a UserError where there is no corpus."""
    if corpus.path is None:
        return
    name = embedded_name(corpus.path, default=None)
    if name is not None:
        check_known(name)
    elif not corpus.path.expanduser().exists():
        raise UserError(
            f"corpus.path {corpus.path} does not exist; name a folder of videos, a .csv manifest or {PREFIX}<name>."
        )


CHECKS = (check_corpus,)
