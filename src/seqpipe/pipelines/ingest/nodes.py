"""Nodes of ``ingest``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqpipe.config import CorpusConfig, DigitsAndShapesConfig, MovingDigitsConfig, RuntimeConfig
from seqpipe.core.lineage import EMBEDDED, corpus_name, lineage_of, samples_digest, with_lineage
from seqpipe.pipelines.types import Table


def list_samples(
    corpus: CorpusConfig, moving_digits: MovingDigitsConfig, runtime: RuntimeConfig, moving_digits_folder: Path
) -> Table:
    """Lists the corpus; without one, the moving digits are written to their folder and listed."""
    from seqpipe.media.embedded.moving_digits import write_moving_digits

    return _listed(
        corpus, "moving_digits", lambda: write_moving_digits(moving_digits_folder, moving_digits, runtime.seed)
    )


def list_images(
    corpus: CorpusConfig,
    digits_and_shapes: DigitsAndShapesConfig,
    runtime: RuntimeConfig,
    digits_and_shapes_folder: Path,
) -> Table:
    """Lists the corpus; without one, the digits and shapes are written to their folder and listed."""
    from seqpipe.media.embedded.digits_and_shapes import write_digits_and_shapes

    return _listed(
        corpus,
        "digits_and_shapes",
        lambda: write_digits_and_shapes(digits_and_shapes_folder, digits_and_shapes, runtime.seed),
    )


def _listed(corpus: CorpusConfig, embedded: str, write: Callable[[], Path]) -> Table:
    """The listing, which carries from here on what the corpus is called, where it lies and how it is laid out."""
    from seqpipe.media.corpora.reading import read_corpus

    if corpus.path is None:
        read = read_corpus(corpus.model_copy(update={"path": write()}))
        facts = {"name": EMBEDDED[embedded], "path": None}
    else:
        read = read_corpus(corpus)
        path = corpus.path.expanduser().absolute()
        facts = {"name": corpus_name(path), "path": str(path)}
    return with_lineage(read.listing, {"corpus": {**facts, "layout": read.layout}})


def probe_samples(
    listing: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path
) -> tuple[Table, Table]:
    """Decodes every sample once and splits them: the samples, and the quarantine with its reasons."""
    from seqpipe.media.ingest import ingest

    samples, quarantine = ingest(listing, corpus, runtime.seed, probe_cache)
    made = {"samples": {"digest": samples_digest(samples), "seed": runtime.seed}}
    return with_lineage(samples, lineage_of(listing), made), quarantine
