"""Nodes of ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig, EvaluationConfig, FeaturesConfig, RuntimeConfig, corpus_name
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, Picture, Table

# Between a model's name and the part of its results, in the names of a node's inputs.
SEPARATOR = "__"


def compare(**results: Any) -> tuple[Table, Picture]:
    """All models in one table, best first, and in one figure."""
    from seqpipe.evaluation.figures import comparison
    from seqpipe.evaluation.leaderboard import leaderboard

    table = leaderboard(by_model(results, "metrics"), by_model(results, "fit"))
    return table, comparison(table)


def by_model(results: dict[str, Any], part: str) -> dict[str, Any]:
    """One part of the results of every model, by the model's name."""
    ending = SEPARATOR + part
    return {name.removesuffix(ending): value for name, value in results.items() if name.endswith(ending)}


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
    **results: Any,
) -> str:
    """The self-contained report."""
    from seqpipe.evaluation.findings import order_contrast
    from seqpipe.evaluation.report import render_report

    fits, predictions = by_model(results, "fit"), by_model(results, "predictions")
    return render_report(
        title=f"seqpipe: {corpus_name(corpus.path)}",
        summary=_summary(backbone, dprime, corpus, features, runtime, fits),
        config=evaluation,
        leaderboard=leaderboard,
        fits=fits,
        metrics=by_model(results, "metrics"),
        predictions=predictions,
        figures=by_model(results, "figures"),
        comparison=comparison,
        samples=samples,
        quarantine=quarantine,
        # Of one frame there is no order to speak of.
        contrast=order_contrast(leaderboard, fits, predictions) if dprime.mask.sum(axis=1).max() > 1 else "",
    )


def _summary(
    backbone: BackboneRecord,
    dprime: FeatureDataset,
    corpus: CorpusConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    fits: dict[str, Any],
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
        "device": ", ".join(sorted({fit["device"] for fit in fits.values()})),
        "command": command(),
        "git_commit": state.get("git.commit", "") + dirty,
        "versions": {name.removeprefix("version."): number for name, number in versions().items()},
    }
