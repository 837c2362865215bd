"""Nodes of ``ingest``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import CorpusConfig, RuntimeConfig, Stage
from seqpipe.core.lineage import lineage_of, samples_digest, with_lineage
from seqpipe.media.embedded.registry import corpus_words, embedded_name, write
from seqpipe.pipelines.types import Table


def list_samples(
    corpus: CorpusConfig, runtime: RuntimeConfig, embedded_folder: Path, *, default: str, **embedded: Stage
) -> Table:
    """Lists the corpus; an embedded one is written first, unless it lies there already.

    Args:
        corpus: Its path says which.
        runtime: Its seed decides what is written.
        embedded_folder: Where the embedded corpora lie, each in a folder of its name.
        default: The embedded corpus that is taken where no path is given.
        embedded: By name, the parameters of those that this pipeline can read.

    Returns:
        The listing, which carries from here on what the corpus is called, where it lies and how it is laid out.
    """
    from seqpipe.media.corpora.reading import read_corpus

    name = embedded_name(corpus.path, default)
    path = corpus.path if name is None else write(name, embedded_folder, embedded, runtime.seed)
    read = read_corpus(corpus.model_copy(update={"path": path}))
    facts = {"name": corpus_words(corpus.path, default), "path": _on_disk(corpus.path, name), "layout": read.layout}
    return with_lineage(read.listing, {"corpus": facts})


def _on_disk(path: Path | None, embedded: str | None) -> str | None:
    """Where a corpus lies that the project does not make itself."""
    return None if path is None or embedded is not None else str(path.expanduser().absolute())


def probe_samples(
    listing: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path
) -> tuple[Table, Table]:
    """Decodes every sample once and splits them: the samples, and the quarantine with its reasons."""
    from seqpipe.media.ingest import ingest

    samples, quarantine = ingest(listing, corpus, runtime.seed, probe_cache)
    made = {"samples": {"digest": samples_digest(samples), "seed": runtime.seed}}
    return with_lineage(samples, lineage_of(listing), made), quarantine
