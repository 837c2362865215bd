"""Nodes of ``ingest``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import CorpusConfig, DigitsAndShapesConfig, MovingDigitsConfig, RuntimeConfig
from seqpipe.pipelines.types import Table


def list_samples(
    corpus: CorpusConfig, moving_digits: MovingDigitsConfig, runtime: RuntimeConfig, moving_digits_folder: Path
) -> Table:
    """Lists the corpus; without one, the moving digits are written to their folder and listed."""
    from seqpipe.media.corpora import read_corpus
    from seqpipe.media.moving_digits import write_moving_digits

    if corpus.path is None:
        path = write_moving_digits(moving_digits_folder, moving_digits, runtime.seed)
        corpus = corpus.model_copy(update={"path": path})
    return read_corpus(corpus).listing


def list_images(
    corpus: CorpusConfig,
    digits_and_shapes: DigitsAndShapesConfig,
    runtime: RuntimeConfig,
    digits_and_shapes_folder: Path,
) -> Table:
    """Lists the corpus; without one, the digits and shapes are written to their folder and listed."""
    from seqpipe.media.corpora import read_corpus
    from seqpipe.media.digits_and_shapes import write_digits_and_shapes

    if corpus.path is None:
        path = write_digits_and_shapes(digits_and_shapes_folder, digits_and_shapes, runtime.seed)
        corpus = corpus.model_copy(update={"path": path})
    return read_corpus(corpus).listing


def probe_samples(
    listing: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path
) -> tuple[Table, Table]:
    """Decodes every sample once and splits them: the samples, and the quarantine with its reasons."""
    from seqpipe.media.ingest import ingest

    return ingest(listing, corpus, runtime.seed, probe_cache)
