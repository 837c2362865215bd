"""Nodes of ``compare``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, check_agree, complete, lineage_of
from seqpipe.pipelines.types import FeatureDataset, ModelResults, Picture, Table
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry

logger = logging.getLogger(__name__)


def compare(dataset: FeatureDataset, *, task: str, **results: ModelResults) -> tuple[Table, Picture]:
    """All models of this D' in one table, best first, and in one figure."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.figures.classification import comparison
    from seqpipe.evaluation.figures.style import png_bytes
    from seqpipe.evaluation.leaderboard import leaderboard

    own = of_this_dataset(results, dataset)
    for model in results.keys() - own.keys():
        logger.warning(
            "The results of %s on disk are of another D' than this: it is left out; `kedro run` does all.",
            model,
        )
    judged_with(own)
    of = evaluation_of(task)
    table = leaderboard(own, of)
    return table, png_bytes(comparison(table, of.primary.key, of.primary.heading))


def of_this_dataset(results: dict[str, ModelResults], dataset: FeatureDataset) -> dict[str, ModelResults]:
    """Those that were trained on this D': a run from the middle finds the others' results of before."""
    own = {model: of for model, of in results.items() if of.fit.get("dataset") == dataset.digest}
    if not own:
        raise UserError("No model was trained on the D' on disk now: run `kedro run`, or begin with a `train`.")
    return own


def judged_with(results: dict[str, ModelResults]) -> EvaluationConfig:
    """The parameters that all these models were judged with, but for how many mistakes are drawn."""
    (first, config), *others = [(name, EvaluationConfig.model_validate(of.evaluation)) for name, of in results.items()]
    for model, other in others:
        if differing := [k for k, value in other if k != "mistakes" and value != getattr(config, k)]:
            named = ", ".join(f"evaluation.{k} {getattr(config, k)} and {getattr(other, k)}" for k in differing)
            raise UserError(
                f"{first} and {model} were judged with different parameters ({named}), so that their rows cannot be "
                "compared: run the `evaluate` of every model again, or all of `kedro run`."
            )
    return config


def write_report(
    leaderboard: Table,
    comparison: Picture,
    samples: Table,
    quarantine: Table,
    dataset: FeatureDataset,
    *,
    task: str,
    **results: ModelResults,
) -> str:
    """The self-contained report, made of what lies on disk: no parameter of this command says anything in it."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.report.inputs import ReportInputs
    from seqpipe.evaluation.report.run import render_report

    lineage = complete(check_agree({"samples": lineage_of(samples), "dataset": dataset.lineage}))
    results = of_this_dataset(results, dataset)
    if set(leaderboard["model"]) != set(results):
        raise UserError("The leaderboard on disk is not of the models on disk: begin with `compare_models`.")
    evaluation = evaluation_of(task)
    inputs = ReportInputs(
        title=f"{_report_of(task)}: {lineage['corpus']['name']}",
        task=task,
        summary=run_summary(lineage, dataset, results),
        config=judged_with(results),
        leaderboard=leaderboard,
        results=results,
        comparison=comparison,
        samples=evaluation.counted(dataset),
        quarantine=quarantine,
        contrast=evaluation.contrast(leaderboard, results, dataset),
    )
    return render_report(inputs)


def _report_of(task: str) -> str:
    """What a report is called before the corpus is named."""
    return "seqpipe" if task == DEFAULT_TASK else f"seqpipe {task_entry(task).words or task.replace('_', ' ')}"


def run_summary(lineage: Lineage, dataset: FeatureDataset, results: dict[str, ModelResults]) -> dict[str, Any]:
    """What the report says of corpus, backbone, features and run."""
    from seqpipe.tracking.provenance import summary

    return {
        "corpus": lineage["corpus"]["name"],
        **_encoder_summary(lineage),
        "frames": dataset.x.shape[1],
        "feature_size": dataset.x.shape[2],
        "seed": _seeds(lineage, results),
        "device": ", ".join(sorted({of.fit["device"] for of in results.values()})),
        **summary(Path.cwd()),
    }


def _encoder_summary(lineage: Lineage) -> dict[str, str]:
    """What made the features: a backbone with its view and layer, or an encoder, of which nothing was learned."""
    backbone, features = lineage["backbone"], lineage["features"]
    if "view" not in backbone:
        return {"backbone": backbone["name"], "source_domain": "", "view": "", "layer": ""}
    return {
        "backbone": backbone["name"],
        "source_domain": backbone["source"],
        "view": f"{backbone['view']}, {backbone['view_reason']}",
        "layer": f"{features['layer']} ({features['pool']})",
    }


def _seeds(lineage: Lineage, results: dict[str, ModelResults]) -> str:
    """What the models were trained by, and what the samples were split by where that is another."""
    trained = ", ".join(str(seed) for seed in sorted({of.fit["seed"] for of in results.values()}))
    split = str(lineage["samples"]["seed"])
    return trained if trained == split else f"{trained} (samples: {split})"
