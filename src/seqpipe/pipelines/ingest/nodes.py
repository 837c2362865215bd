"""Nodes of ``ingest``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig, RuntimeConfig, Stage
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import lineage_of, samples_digest, with_lineage
from seqpipe.media.embedded.registry import (
    EMBEDDED,
    PREFIX,
    columns_of,
    corpus_words,
    embedded_name,
    modality_of_default,
    write,
)
from seqpipe.modalities.registry import PICTURES, measuring_of, modality
from seqpipe.pipelines.types import Table
from seqpipe.tasks.registry import task_entry


def list_samples(
    corpus: CorpusConfig, runtime: RuntimeConfig, embedded_folder: Path, *, default: str, task: str, **groups: Stage
) -> Table:
    """Lists the corpus; an embedded one is written first, unless it lies there already.

    Args:
        corpus: Its path says which.
        runtime: Its seed decides what is written.
        embedded_folder: Where the embedded corpora lie, each in a folder of its name.
        default: The embedded corpus that is taken where no path is given.
        task: What the samples are for: whether each needs a label, or sentences.
        groups: By name, the parameters of the modalities, and of the embedded corpora that this pipeline can read.

    Returns:
        The listing, which carries from here on what the corpus is called, where it lies, how it is laid out and what
        its samples are.
    """
    from seqpipe.media.corpora.reading import read_corpus
    from seqpipe.media.references.reading import read_references

    corpus = of_a_modality(corpus, default)
    path = corpus_path(corpus, default, embedded_folder, groups, runtime.seed)
    files = modality(corpus.modality, groups).files
    columns = corpus.columns or list(columns_of(embedded_name(corpus.path, default)))
    reads, asked = task_entry(task).reads, corpus.model_copy(update={"path": path, "columns": columns})
    read = read_references(asked, files) if reads == "references" else read_corpus(asked, files, reads == "labels")
    return with_lineage(read.listing, corpus_lineage(corpus, default, read.layout))


def of_a_modality(corpus: CorpusConfig, default: str) -> CorpusConfig:
    """The parameters with the modality of the corpus that is taken where none is named."""
    return corpus.model_copy(update={"modality": modality_of_default(corpus.modality, default)})


def corpus_path(
    corpus: CorpusConfig, default: str, embedded_folder: Path, groups: Mapping[str, Stage], seed: int
) -> Path:
    """Where the corpus lies; an embedded one is written first. Arguments as in ``list_samples``.

    Raises:
        UserError: The embedded corpus is of another modality, or none that this pipeline can read.
    """
    name = embedded_name(corpus.path, default)
    if name is None:
        assert corpus.path is not None, "no path is an embedded corpus"
        return corpus.path
    if name in EMBEDDED and EMBEDDED[name].modality != corpus.modality:
        raise UserError(
            f"corpus.modality is {corpus.modality}, and {PREFIX}{name}, which corpus.path "
            f"{'takes where it is null' if corpus.path is None else 'names'}, is of {EMBEDDED[name].modality}: name a "
            "corpus of your own by corpus.path, or leave corpus.modality out."
        )
    return write(name, embedded_folder, {of: config for of, config in groups.items() if of in EMBEDDED}, seed)


def corpus_lineage(corpus: CorpusConfig, default: str, layout: str) -> dict[str, dict[str, Any]]:
    """What is handed down of a corpus with all that is made of it."""
    embedded = embedded_name(corpus.path, default) is not None
    on_disk = None if corpus.path is None or embedded else str(corpus.path.expanduser().absolute())
    facts = {"name": corpus_words(corpus.path, default), "path": on_disk, "layout": layout}
    return {"corpus": {**facts, "modality": corpus.modality}}


def probe_samples(
    listing: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path, *, task: str, **groups: Stage
) -> tuple[Table, Table]:
    """Reads every sample once and splits them by what the task tells apart: the samples, and the quarantine.

    ``groups`` are, by name, the parameters of the modalities, and of what is read of a sample for the task.
    """
    from seqpipe.media.ingest import ingest

    name = modality_of(listing)
    medium, measuring = modality(name, groups), measuring_of(name, groups)
    entry, suits = task_entry(task), suits_stream(name, task, groups)
    given = (probe_cache, medium, measuring, entry.task_class().strata)
    samples, quarantine = ingest(listing, corpus, runtime.seed, *given, suits=suits, labelled=entry.reads == "labels")
    made = samples_lineage(samples, runtime.seed, name, groups)
    return with_lineage(samples, lineage_of(listing), made), quarantine


def suits_stream(modality: str, task: str, groups: Mapping[str, Any]) -> Callable[[Any], None]:
    """What raises InvalidSample where a probe tells of a sample without the stream that is read for the task.

    ``groups`` are, by name, the parameters that say which steps of a sample are taken. What is no picture has one
    stream.
    """
    from seqpipe.media.decoding.flow import check_moves

    sampling = task_entry(task).task_class().sampling(groups.get("clip"), groups.get(task))
    return lambda probe: check_moves(sampling, probe.length) if modality == PICTURES else None


def samples_lineage(samples: Table, seed: int, name: str, modalities: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is handed down of samples with all that is made of them; ``name`` is that of their modality."""
    facts = {"digest": samples_digest(samples), "seed": seed, "measuring": measuring_of(name, modalities)}
    config = modalities.get(name)
    return {"samples": facts if config is None else facts | {"parameters": config.model_dump(mode="json")}}


def modality_of(table: Table) -> str:
    """What the samples of a listing, or of the samples' table, are."""
    from seqpipe.core.lineage import complete

    return str(complete(lineage_of(table), "corpus")["corpus"]["modality"])
