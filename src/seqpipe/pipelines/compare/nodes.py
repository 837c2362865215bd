"""Nodes of ``compare``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, check_agree, complete, lineage_of, stream_of
from seqpipe.pipelines.types import FeatureDataset, ModelResults, Picture, Samples, Table
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry

if TYPE_CHECKING:
    from seqpipe.evaluation.base import Evaluation

logger = logging.getLogger(__name__)


FIGURES_OF = "figures_of_"
"""How the arguments of the report begin that are given a model's figures; its results have the model's name alone."""


def compare(dataset: FeatureDataset, frame_dataset: Samples = None, *, task: str, **results: ModelResults) -> Table:
    """All models of this D', and of these frames of the same samples, in one table, best first."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.leaderboard import leaderboard

    own = of_this_dataset(results, dataset, frame_dataset)
    for model in results.keys() - own.keys():
        logger.warning(
            "The results of %s on disk are of another D' than this: it is left out; `kedro run` does all.",
            model,
        )
    judged_with(own)
    return leaderboard(own, evaluation_of(task))


def draw_comparison(leaderboard: Table, *, task: str) -> Picture:
    """All models of the leaderboard in one figure, which says of which leaderboard it is."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.figures.classification import comparison
    from seqpipe.evaluation.figures.mark import marked
    from seqpipe.evaluation.figures.style import png_bytes
    from seqpipe.evaluation.leaderboard import leaderboard_digest

    of = evaluation_of(task)
    png = png_bytes(comparison(leaderboard, of.primary.key, of.primary.heading, of.told_apart))
    return marked(png, leaderboard_digest(leaderboard))


def of_this_dataset(
    results: dict[str, ModelResults], dataset: FeatureDataset, frame_dataset: Samples = None
) -> dict[str, ModelResults]:
    """Those that were trained on this D', or on these frames: a run from the middle finds the others' of before.

    Raises:
        UserError: There are none; or the frames are of other samples, targets or splits than D', or read otherwise.
    """
    digests = {dataset.digest}
    if frame_dataset is not None:
        _check_comparable(dataset, frame_dataset)
        digests |= {frame_dataset.digest}
    own = {model: of for model, of in results.items() if of.fit.get("dataset") in digests}
    if not own:
        raise UserError("No model was trained on the D' on disk now: run `kedro run`, or begin with a `train`.")
    return own


def _check_comparable(dataset: FeatureDataset, frame_dataset: Samples) -> None:
    """Raises a UserError where answers to these frames cannot be held against answers to this D', sample by sample.

    Both are of the same samples, targets and splits; read at the same times, of the same stream, for one backbone.
    """
    asked = [
        (of.ids.tolist(), of.splits.tolist(), of.targets.digest(), of.lineage["samples"]["digest"])
        for of in (dataset, frame_dataset)
    ]
    if asked[0] != asked[1]:
        raise UserError("The frames on disk are of other samples than D': run again from `cache_frames`.")
    check_agree({"D'": dataset.lineage, "frame_dataset": frame_dataset.lineage})


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


def check_leaderboard(
    leaderboard: Table, comparison: Picture, results: dict[str, ModelResults], evaluation: Evaluation
) -> None:
    """Raises a UserError where the leaderboard on disk is not of these results, or the picture of another one."""
    from seqpipe.evaluation.figures.mark import mark_of
    from seqpipe.evaluation.leaderboard import leaderboard as of_results
    from seqpipe.evaluation.leaderboard import leaderboard_digest

    digest = leaderboard_digest(leaderboard)
    if digest != leaderboard_digest(of_results(results, evaluation)):
        raise UserError("The leaderboard on disk is not of the models on disk: begin with `compare_models`.")
    if mark_of(comparison) != digest:
        raise UserError("The comparison on disk is not of the leaderboard on disk: begin with `draw_comparison`.")


def check_figures(figures: dict[str, dict[str, Picture]], results: dict[str, ModelResults]) -> None:
    """Raises a UserError where the figures of a model on disk were not drawn of its results on disk."""
    from seqpipe.evaluation.figures.mark import mark_of
    from seqpipe.evaluation.results import results_digest

    for model, drawn in figures.items():
        digest = results_digest(results[model])
        if any(mark_of(png) != digest for png in drawn.values()):
            raise UserError(f"The figures of {model} on disk are not of its results on disk: begin with its `draw`.")


def write_report(
    leaderboard: Table,
    comparison: Picture,
    samples: Table,
    quarantine: Table,
    dataset: FeatureDataset,
    frame_dataset: Samples = None,
    *,
    task: str,
    **of_models: Any,
) -> str:
    """The self-contained report, made of what lies on disk: no parameter of this command says anything in it.

    Args:
        leaderboard, comparison, samples, quarantine, dataset: What it tells beside the models.
        frame_dataset: What those of the models were trained on that read frames.
        task: The task's name, which the wiring decides.
        of_models: Each model's results by its name, and its figures by that behind `FIGURES_OF`.
    """
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.report.inputs import ReportInputs
    from seqpipe.evaluation.report.run import render_report
    from seqpipe.media.corpora.kept_columns import kept_values

    lineage = complete(check_agree({"samples": lineage_of(samples), "dataset": dataset.lineage}))
    judged = {name: of for name, of in of_models.items() if not name.startswith(FIGURES_OF)}
    results = of_this_dataset(judged, dataset, frame_dataset)
    figures = {model: of_models[f"{FIGURES_OF}{model}"] for model in results}
    evaluation = evaluation_of(task)
    check_leaderboard(leaderboard, comparison, results, evaluation)
    check_figures(figures, results)
    inputs = ReportInputs(
        title=f"{_report_of(task)}: {lineage['corpus']['name']}",
        task=task,
        summary=run_summary(lineage, dataset, results),
        config=judged_with(results),
        leaderboard=leaderboard,
        results=results,
        figures=figures,
        comparison=comparison,
        samples=evaluation.counted(dataset),
        quarantine=quarantine,
        contrast=evaluation.contrast(leaderboard, results, dataset),
        columns=kept_values(samples),
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


def _encoder_summary(lineage: Lineage) -> dict[str, Any]:
    """What made the features: a backbone with its view and layer, or an encoder, of which nothing was learned."""
    backbone, features = lineage["backbone"], lineage["features"]
    if "view" not in backbone:
        return {"backbone": backbone["name"], "source_domain": "", "view": "", "snippet": None, "layer": ""}
    return {
        "backbone": backbone["name"],
        "source_domain": backbone["source"],
        "view": f"{backbone['view']}, {backbone['view_reason']}",
        "snippet": features.get("snippet"),
        "layer": f"{features['layer']} ({features['pool']})",
        "stream": stream_of(lineage),
    }


def _seeds(lineage: Lineage, results: dict[str, ModelResults]) -> str:
    """What the models were trained by, and what the samples were split by where that is another."""
    trained = ", ".join(str(seed) for seed in sorted({of.fit["seed"] for of in results.values()}))
    split = str(lineage["samples"]["seed"])
    return trained if trained == split else f"{trained} (samples: {split})"
