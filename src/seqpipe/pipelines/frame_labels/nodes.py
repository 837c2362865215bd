"""Nodes of ``frame_labels``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqpipe.config import (
    BackboneConfig,
    ClipConfig,
    CorpusConfig,
    DPrimeConfig,
    EvaluationConfig,
    FeaturesConfig,
    FrameLabelsConfig,
    RuntimeConfig,
    Stage,
)
from seqpipe.core.lineage import check_agree, complete, lineage_of, with_lineage
from seqpipe.pipelines.features.nodes import extract_features
from seqpipe.pipelines.ingest.nodes import corpus_lineage, corpus_path, modality_of
from seqpipe.pipelines.model.nodes import check_of_this_fit
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, FittedModel, ModelResults, Picture, Table

logger = logging.getLogger(__name__)

# More steps than any video within corpus.max_seconds has.
ALL_STEPS = 10**7
FASTEST_FPS = 1000.0
DEFAULT = "action_sequences"
"""The embedded corpus that is taken where no path is given."""


def sampling_of(frame_labels: FrameLabelsConfig) -> ClipConfig:
    """Every step of a video at the rate of the task, or at its own."""
    return ClipConfig(sampling="fps", frames=ALL_STEPS, fps=frame_labels.fps or FASTEST_FPS, stride=1)


def list_annotated(
    corpus: CorpusConfig,
    frame_labels: FrameLabelsConfig,
    runtime: RuntimeConfig,
    embedded_folder: Path,
    **groups: Stage,
) -> tuple[Table, Table]:
    """Lists the samples and their annotations; an embedded corpus, the action sequences, is written first."""
    from seqpipe.media.corpora.annotated import read_annotated
    from seqpipe.media.corpora.marks_table import marks_table, without_faults
    from seqpipe.media.corpora.reading import listing_of
    from seqpipe.media.medium import reading_for
    from seqpipe.modalities.registry import modality

    path = corpus_path(corpus, DEFAULT, embedded_folder, groups, runtime.seed).expanduser().absolute()
    with reading_for(modality(corpus.modality, groups).files):
        annotated = read_annotated(path, frame_labels.tier)
    listing = listing_of(without_faults(annotated), path if path.is_dir() else path.parent)
    ids = dict(zip((Path(file) for file in listing["path"]), listing["id"], strict=True))
    logger.info("Read the annotations of %d samples in %s.", len(listing), path)
    return with_lineage(listing, corpus_lineage(corpus, DEFAULT, "annotations")), marks_table(annotated, ids)


def probe_annotated(
    listing: Table, marks: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path, **modalities: Stage
) -> tuple[Table, Table, Table]:
    """Reads every sample once, holds its annotations against it, splits by group; what does not fit is set aside."""
    from seqpipe.core.lineage import samples_digest
    from seqpipe.media.corpora.marks_table import AnnotationCheck
    from seqpipe.media.ingest import ingest
    from seqpipe.modalities.registry import modality

    fits, medium = AnnotationCheck(marks), modality(modality_of(listing), modalities)
    samples, quarantine = ingest(listing, corpus, runtime.seed, probe_cache, medium, fits)
    made = {"samples": {"digest": samples_digest(samples), "seed": runtime.seed}}
    return with_lineage(samples, lineage_of(listing), made), fits.annotations(list(samples["id"])), quarantine


def choose_frames_view(loaded_backbone: BackboneRecord, samples: Table, backbone: BackboneConfig) -> BackboneRecord:
    """The backbone, reading of a frame what `backbone.view` says, or for `auto` the frames' aspect ratios."""
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.models.view_choice import choose_view_by_ratio

    if not isinstance(loaded_backbone, Backbone):
        return loaded_backbone
    chosen = choose_view_by_ratio(backbone.view, samples)
    return loaded_backbone.viewing(chosen.view, chosen.reason)


def extract_steps(
    samples: Table,
    backbone: BackboneRecord,
    frame_labels: FrameLabelsConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
) -> Table:
    """The features of every step of every sample."""
    return extract_features(samples, backbone, sampling_of(frame_labels), features, runtime, feature_store)


def build_steps(
    samples: Table,
    feature_index: Table,
    annotations: Table,
    feature_store: Path,
    frame_labels: FrameLabelsConfig,
    dprime: DPrimeConfig,
    frame_labels_x: Path,
) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)}, where t_i is a class a step."""
    from seqpipe.data.dataset import build_dprime
    from seqpipe.data.gather import Spill
    from seqpipe.data.val_from_ends import with_val_from_ends
    from seqpipe.targets.frames import frame_targets

    def targets(table: Any, times_s: Any, mask: Any) -> Any:
        return frame_targets(table["id"].to_numpy(), times_s, mask, annotations)

    spill = Spill(frame_labels_x, dprime.in_memory_mb * 10**6)
    made = build_dprime(samples, feature_index, feature_store, spill, targets)
    return made if (made.splits == "val").any() else with_val_from_ends(made, frame_labels.val_share)


def train_node(kind: str) -> Callable[..., Any]:
    """The training node of a kind of model, with an answer each step."""

    def train(
        dprime: FeatureDataset, frame_labels: FrameLabelsConfig, runtime: RuntimeConfig
    ) -> tuple[FittedModel, Table, Table, dict[str, Any]]:
        from seqpipe.models.search import search
        from seqpipe.tasks.frame_labels import frame_labels_at

        task = frame_labels_at(frame_labels, dprime.steps_a_second)
        model, trials, fit = search(kind, getattr(frame_labels, kind), dprime, runtime, task)
        told = {"median": model.task.median, "background": list(model.task.background)}  # type: ignore[attr-defined]
        return model, trials, model.history, fit | told

    return train


def evaluate(
    predictions: Table,
    fit: dict[str, Any],
    trials: Table,
    history: Table,
    samples: Table,
    annotations: Table,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
) -> tuple[ModelResults, Table, dict[str, str]]:
    """What the predictions on disk say: metrics, figures, and the segments that they make, for ELAN as well."""
    from seqpipe.evaluation.by_task import evaluation_of
    from seqpipe.evaluation.figures.frame_labels import frame_figures
    from seqpipe.evaluation.frame_predictions import segments_table
    from seqpipe.evaluation.results import Results
    from seqpipe.evaluation.segment_files import elan_files
    from seqpipe.tasks.frame_labels import FrameLabels

    check_of_this_fit(predictions, fit)
    metrics = evaluation_of(FrameLabels.name).metrics(predictions, evaluation, runtime.seed, fit)
    figures = frame_figures(predictions, trials, history, fit["background"])
    results, segments = (
        Results(fit, metrics, predictions, figures, evaluation.model_dump()),
        segments_table(predictions),
    )
    return results, segments, elan_files(segments, annotations, samples)


def write_frames_report(
    leaderboard: Table,
    comparison: Picture,
    samples: Table,
    quarantine: Table,
    dprime: FeatureDataset,
    **results: ModelResults,
) -> str:
    """The self-contained report, made of what lies on disk."""
    from seqpipe.evaluation.report.inputs import ReportInputs
    from seqpipe.evaluation.report.run import render_report
    from seqpipe.pipelines.compare.nodes import judged_with, of_this_dprime, run_summary

    lineage = complete(check_agree({"samples": lineage_of(samples), "dprime": dprime.lineage}))
    results = of_this_dprime(results, dprime)
    return render_report(
        ReportInputs(
            title=f"seqpipe frame labels: {lineage['corpus']['name']}",
            task="frame_labels",
            summary=run_summary(lineage, dprime, results),
            config=judged_with(results),
            leaderboard=leaderboard,
            results=results,
            comparison=comparison,
            samples=dprime.labelled_steps(),
            quarantine=quarantine,
            contrast="",
        )
    )
