"""Nodes of ``frame_labels``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from seqpipe.config import (
    ActionSequencesConfig,
    BackboneConfig,
    ClipConfig,
    CorpusConfig,
    DPrimeConfig,
    EvaluationConfig,
    FeaturesConfig,
    FrameLabelsConfig,
    RuntimeConfig,
)
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import check_agree, complete, lineage_of, with_lineage
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, FittedClassifier, ModelResults, Picture, Table

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
    action_sequences: ActionSequencesConfig,
    frame_labels: FrameLabelsConfig,
    runtime: RuntimeConfig,
    embedded_folder: Path,
) -> tuple[Table, Table]:
    """Lists the videos and their annotations; an embedded corpus, the action sequences, is written first."""
    from seqpipe.media.corpora.annotated import read_annotated
    from seqpipe.media.corpora.marks_table import marks_table, without_faults
    from seqpipe.media.corpora.reading import listing_of
    from seqpipe.media.embedded.registry import corpus_words, embedded_name, write

    name = embedded_name(corpus.path, DEFAULT)
    embedded = {"action_sequences": action_sequences}
    path = corpus.path if name is None else write(name, embedded_folder, embedded, runtime.seed)
    assert path is not None, "no path is the embedded corpus"
    path = path.expanduser().absolute()
    facts = {"name": corpus_words(corpus.path, DEFAULT), "path": str(path) if name is None else None}
    annotated = read_annotated(path, frame_labels.tier, frame_labels.subject)
    root = path if path.is_dir() else path.parent
    listing = listing_of(without_faults(annotated), root)
    ids = dict(zip((Path(file) for file in listing["path"]), listing["id"], strict=True))
    marks = marks_table(annotated, ids)
    logger.info("Read the annotations of %d videos in %s.", len(listing), path)
    return with_lineage(listing, {"corpus": {**facts, "layout": "annotations"}}), marks


def probe_annotated(
    listing: Table, marks: Table, corpus: CorpusConfig, runtime: RuntimeConfig, probe_cache: Path
) -> tuple[Table, Table, Table]:
    """Decodes every video once, holds its annotations against it, splits by group; what does not fit is set aside."""
    from seqpipe.core.lineage import samples_digest
    from seqpipe.media.corpora.marks_table import AnnotationCheck
    from seqpipe.media.ingest import ingest

    fits = AnnotationCheck(marks)
    samples, quarantine = ingest(listing, corpus, runtime.seed, probe_cache, fits)
    made = {"samples": {"digest": samples_digest(samples), "seed": runtime.seed}}
    return with_lineage(samples, lineage_of(listing), made), fits.annotations(list(samples["id"])), quarantine


def choose_frames_view(
    loaded_backbone: BackboneRecord,
    samples: Table,
    annotations: Table,
    backbone: BackboneConfig,
    frame_labels: FrameLabelsConfig,
    features: FeaturesConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    frame_labels_x: Path,
) -> BackboneRecord:
    """The backbone, reading of a frame what `backbone.view` says, or for `auto` what train and val say, by step."""
    from seqpipe.data.gather import Spill
    from seqpipe.data.steps import build_steps_dprime
    from seqpipe.extraction.engine import Read
    from seqpipe.models.view_choice import OnVal, known
    from seqpipe.tasks.frame_labels import frame_labels_at

    # Even the names of the classes are those of train and val.
    seen = annotations[annotations["id"].isin(known(samples)["id"])]
    on_val = OnVal(
        backbone=loaded_backbone,
        samples=samples,
        clip=sampling_of(frame_labels),
        features=features,
        reads=[Read(features.layer, features.pool)],
        linear=frame_labels.linear,
        runtime=runtime,
        store=feature_store,
        spill=Spill(frame_labels_x, dprime.in_memory_mb * 10**6),
        make_dprime=partial(build_steps_dprime, annotations=seen, val_share=frame_labels.val_share),
        task_of=lambda steps: frame_labels_at(frame_labels, steps.steps_a_second),
    )
    return on_val.viewing(backbone.view)


def extract_steps(
    samples: Table,
    backbone: BackboneRecord,
    frame_labels: FrameLabelsConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
) -> Table:
    """The features of every step of every video."""
    from seqpipe.extraction.engine import extract

    return extract(samples, backbone, sampling_of(frame_labels), features, runtime, feature_store)


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
    from seqpipe.data.gather import Spill
    from seqpipe.data.steps import build_steps_dprime

    spill = Spill(frame_labels_x, dprime.in_memory_mb * 10**6)
    return build_steps_dprime(samples, feature_index, feature_store, spill, annotations, frame_labels.val_share)


def train_node(kind: str) -> Callable[..., Any]:
    """The training node of a kind of model, with an answer each step."""

    def train(
        dprime: FeatureDataset, frame_labels: FrameLabelsConfig, runtime: RuntimeConfig
    ) -> tuple[FittedClassifier, Table, Table, dict[str, Any]]:
        from seqpipe.models.search import search
        from seqpipe.tasks.frame_labels import frame_labels_at

        task = frame_labels_at(frame_labels, dprime.steps_a_second)
        model, trials, fit = search(kind, getattr(frame_labels, kind), dprime, runtime, task)
        told = {"median": model.task.median, "background": list(model.task.background)}  # type: ignore[attr-defined]
        return model, trials, model.history, fit | told

    return train


def predict(model: FittedClassifier, fit: dict[str, Any], dprime: FeatureDataset) -> Table:
    """Reads the test split, once: an answer for each of its steps."""
    from seqpipe.evaluation.frame_predictions import frame_predictions_table

    if fit["dprime"] != dprime.digest:
        raise UserError("This model was trained on another D' than the one on disk now: begin with its `train`.")
    test = dprime.part("test")
    proba = model.predict_proba(test.x, test.mask)
    answers = model.task.answers(proba)
    return frame_predictions_table(
        test.ids, test.splits, test.groups, test.times_s, test.t, proba, answers, test.class_names
    )


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
