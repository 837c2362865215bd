"""Nodes of ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig, EvaluationConfig, FeaturesConfig, RuntimeConfig, corpus_name
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, ModelResults, Picture, Table


def compare(**results: ModelResults) -> tuple[Table, Picture]:
    """All models in one table, best first, and in one figure."""
    from seqpipe.evaluation.figures import comparison
    from seqpipe.evaluation.leaderboard import leaderboard
    from seqpipe.evaluation.style import png_bytes

    table = leaderboard(results)
    return table, png_bytes(comparison(table))


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
    from seqpipe.tracking.provenance import command, git_state, versions

    state = git_state(Path.cwd())
    dirty = " (with uncommitted changes)" if state.get("git.dirty") == "true" else ""
    return {
        "corpus": corpus_name(corpus.path),
        "backbone": backbone.name,
        "source_domain": backbone.source,
        "layer": f"{features.layer} ({features.pool})",
        "frames": dprime.x.shape[1],
        "feature_size": dprime.x.shape[2],
        "seed": runtime.seed,
        "device": ", ".join(sorted({of.fit["device"] for of in results.values()})),
        "command": command(),
        "git_commit": state.get("git.commit", "") + dirty,
        "versions": {name.removeprefix("version."): number for name, number in versions().items()},
    }
