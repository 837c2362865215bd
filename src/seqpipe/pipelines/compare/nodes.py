"""Nodes of ``compare``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig, EvaluationConfig, FeaturesConfig, RuntimeConfig, corpus_name
from seqpipe.errors import UserError
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, ModelResults, Picture, Table

logger = logging.getLogger(__name__)


def compare(dprime: FeatureDataset, **results: ModelResults) -> tuple[Table, Picture]:
    """All models of this D' in one table, best first, and in one figure."""
    from seqpipe.evaluation.figures import comparison
    from seqpipe.evaluation.leaderboard import leaderboard
    from seqpipe.evaluation.style import png_bytes

    own = of_this_dprime(results, dprime)
    for model in results.keys() - own.keys():
        logger.warning(
            "The results of %s on disk are of another D' than this: it is left out; `kedro run` does all.",
            model,
        )
    table = leaderboard(own)
    return table, png_bytes(comparison(table))


def of_this_dprime(results: dict[str, ModelResults], dprime: FeatureDataset) -> dict[str, ModelResults]:
    """Those that were trained on this D': a run from the middle finds the others' results of before."""
    own = {model: of for model, of in results.items() if of.fit["dprime"] == dprime.digest}
    if not own:
        raise UserError("No model was trained on the D' on disk now: run `kedro run`, or begin with a `train`.")
    return own


def write_report(
    leaderboard: Table,
    comparison: Picture,
    samples: Table,
    quarantine: Table,
    backbone: BackboneRecord,
    dprime: FeatureDataset,
    corpus: CorpusConfig,
    features: FeaturesConfig,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
    **results: ModelResults,
) -> str:
    """The self-contained report."""
    from seqpipe.evaluation.findings import order_contrast
    from seqpipe.evaluation.report import render_report

    results = of_this_dprime(results, dprime)
    if set(leaderboard["model"]) != set(results):
        raise UserError("The leaderboard on disk is not of the models on disk: begin with `compare_models`.")
    return render_report(
        title=f"seqpipe: {corpus_name(corpus.path)}",
        summary=_summary(backbone, dprime, corpus, features, runtime, results),
        config=evaluation,
        leaderboard=leaderboard,
        results=results,
        comparison=comparison,
        samples=samples,
        quarantine=quarantine,
        # Of one frame there is no order to speak of.
        contrast=order_contrast(leaderboard, results) if dprime.mask.sum(axis=1).max() > 1 else "",
    )


def _summary(
    backbone: BackboneRecord,
    dprime: FeatureDataset,
    corpus: CorpusConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    results: dict[str, ModelResults],
) -> dict[str, Any]:
    from seqpipe.tracking.provenance import summary

    return {
        "corpus": corpus_name(corpus.path),
        "backbone": backbone.name,
        "source_domain": backbone.source,
        "view": backbone.view_told,
        "layer": f"{features.layer} ({features.pool})",
        "frames": dprime.x.shape[1],
        "feature_size": dprime.x.shape[2],
        "seed": runtime.seed,
        "device": ", ".join(sorted({of.fit["device"] for of in results.values()})),
        **summary(Path.cwd()),
    }
