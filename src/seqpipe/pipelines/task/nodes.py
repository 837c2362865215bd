"""Nodes of ``task``: what a task decides of the way from a corpus to D'."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig, DatasetConfig, FeaturesConfig, LayerOfItsOwn, RuntimeConfig, Stage
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import lineage_of, with_lineage
from seqpipe.pipelines.features.nodes import extract_features
from seqpipe.pipelines.ingest.nodes import (
    corpus_lineage,
    corpus_path,
    modality_of,
    of_a_modality,
    samples_lineage,
    suits_stream,
)
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, Samples, Table
from seqpipe.tasks.registry import task_entry

logger = logging.getLogger(__name__)


def list_annotated(
    corpus: CorpusConfig, runtime: RuntimeConfig, embedded_folder: Path, *, task: str, **groups: Stage
) -> tuple[Table, Table]:
    """Lists the samples and their annotations; an embedded corpus is written first.

    Args:
        corpus, runtime, embedded_folder: As ``list_samples`` takes them.
        task: Its parameters may say which of the annotations are read (``tier``, ``subject``).
        groups: By name, the parameters of the task, the modalities, and the embedded corpora that it can read.

    Raises:
        UserError: ``corpus.columns`` names any: labels within samples are judged by step, and told over no column.
    """
    from seqpipe.media.corpora.annotated import read_annotated
    from seqpipe.media.corpora.marks_table import marks_table, without_faults
    from seqpipe.media.corpora.reading import listing_of
    from seqpipe.media.medium import reading_for
    from seqpipe.modalities.registry import modality

    _check_no_columns(corpus, task)
    default = task_entry(task).corpus
    corpus = of_a_modality(corpus, default)
    path = corpus_path(corpus, default, embedded_folder, groups, runtime.seed).expanduser().absolute()
    with reading_for(modality(corpus.modality, groups).files):
        annotated = read_annotated(path, *(getattr(groups.get(task), which, None) for which in ("tier", "subject")))
        listing = listing_of(without_faults(annotated), path if path.is_dir() else path.parent)
    ids = dict(zip((Path(file) for file in listing["path"]), listing["id"], strict=True))
    logger.info("Read the annotations of %d samples in %s.", len(listing), path)
    return with_lineage(listing, corpus_lineage(corpus, default, "annotations")), marks_table(annotated, ids)


def _check_no_columns(corpus: CorpusConfig, task: str) -> None:
    if corpus.columns:
        raise UserError(
            f"corpus.columns names {', '.join(corpus.columns)}, and scores of {task} are told over no column, for it "
            "reads labels within samples: leave corpus.columns empty."
        )


def probe_annotated(
    listing: Table,
    marks: Table,
    corpus: CorpusConfig,
    runtime: RuntimeConfig,
    probe_cache: Path,
    *,
    task: str,
    **groups: Stage,
) -> tuple[Table, Table, Table]:
    """Reads every sample once, holds its annotations against it, splits by group; what does not fit is set aside.

    ``groups`` are as of ``probe_samples``.
    """
    from seqpipe.media.corpora.marks_table import AnnotationCheck
    from seqpipe.media.ingest import ingest
    from seqpipe.modalities.base import OfRows
    from seqpipe.modalities.registry import measuring_of, modality

    name = modality_of(listing)
    medium, measuring = modality(name, groups), measuring_of(name, groups)
    paths = dict(zip(listing["id"], listing["path"], strict=True))
    rows_of = (lambda id_: medium.row_times(paths[id_])) if isinstance(medium, OfRows) else None
    fits = AnnotationCheck(marks, rows_of)
    strata_of, suits = task_entry(task).task_class().strata, suits_stream(name, task, groups)
    given = (probe_cache, medium, measuring, strata_of, fits, suits)
    samples, quarantine = ingest(listing, corpus, runtime.seed, *given, labelled=False)
    made = samples_lineage(samples, runtime.seed, name, groups)
    return with_lineage(samples, lineage_of(listing), made), fits.annotations(list(samples["id"])), quarantine


def extract_steps(
    samples: Table,
    backbone: BackboneRecord,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    *,
    task: str,
    **groups: Any,
) -> Table:
    """The features of the steps that the task takes of every sample, read where it says, if it does."""
    own = groups.get(task)
    sampling = task_entry(task).task_class().sampling(groups.get("clip"), own)
    if isinstance(own, LayerOfItsOwn):
        features = own.read_as(features, backbone.name, getattr(backbone, "weights", ""))
    return extract_features(samples, backbone, sampling, features, runtime, feature_store)


def cache_task_frames(
    samples: Table,
    backbone: BackboneRecord,
    dataset: FeatureDataset,
    runtime: RuntimeConfig,
    frame_cache: Path,
    *,
    task: str,
    **groups: Any,
) -> Samples:
    """The frames of all samples of D', with its targets and lineage: they are read where D' was.

    Raises:
        UserError: D' was too large for memory, where what a CNN says of these frames is held as well.
    """
    from dataclasses import replace

    from seqpipe.core.fingerprint import fingerprint
    from seqpipe.data.frame_dataset import build_frame_dataset
    from seqpipe.data.memmap import MemmapArray

    if isinstance(dataset.x, MemmapArray):
        raise UserError(
            "A model that is trained on frames together with what reads them holds what the CNN says of all samples in "
            f"memory, and D' takes more than dataset.in_memory_mb={dataset.x.in_memory_bytes // 10**6}: raise it, or "
            "give the task pool=avg, or fewer clip.frames."
        )
    sampling = task_entry(task).task_class().sampling(groups.get("clip"), groups.get(task))
    own = samples.set_index("id").loc[list(dataset.ids)].reset_index()
    own.attrs = samples.attrs
    frames = build_frame_dataset(own, backbone, sampling, runtime, frame_cache, dataset.targets)
    # Where the CNN is read decides what is learned of them, as the CNN itself does.
    read_by = [dataset.lineage["features"], dataset.lineage["backbone"]["fingerprint"]]
    return replace(frames, lineage=dataset.lineage, fingerprint=fingerprint([frames.fingerprint, *read_by]))


def build_targets(
    samples: Table,
    feature_index: Table,
    backbone: BackboneRecord,
    feature_store: Path,
    dataset: DatasetConfig,
    dataset_x: Path,
    annotations: Table = None,
    *,
    task: str,
    **groups: Stage,
) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)}, where t is what the task says."""
    from seqpipe.data.gather import MemmapPolicy
    from seqpipe.encoders.base import longest_of, tokens_of
    from seqpipe.tasks.datasets import build_task_dataset

    given = (samples, feature_index, feature_store, MemmapPolicy(dataset_x, dataset.in_memory_mb * 10**6), annotations)
    of, tokens, longest = task_entry(task).task_class(), tokens_of(backbone), longest_of(backbone)
    return build_task_dataset(of, groups.get(task), *given, tokens=tokens, longest=longest)
