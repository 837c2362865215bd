"""Nodes of ``fuse``."""

from __future__ import annotations

import logging
from pathlib import Path

from seqpipe.config import EvaluationConfig, FuseConfig, RuntimeConfig
from seqpipe.pipelines.types import ModelResults, Picture, Table

logger = logging.getLogger(__name__)


def gather_answers(fuse: FuseConfig, model_outputs: Path) -> tuple[Table, Table]:
    """What both models have answered to val and to the test, from wherever they are named."""
    from seqpipe.fusion.answers import check_same_samples, told_apart
    from seqpipe.pipelines.fuse.named import answers_of, both_named

    one, two = both_named(fuse, model_outputs)
    models = told_apart(answers_of(one), answers_of(two))
    check_same_samples(*models)
    logger.info("Fusing %s with %s.", *(model.name for model in models))
    return models[0].as_table(), models[1].as_table()


def try_weights(first: Table, second: Table, fuse: FuseConfig) -> Table:
    """What val says of every weight."""
    from seqpipe.fusion.answers import Answers
    from seqpipe.fusion.mixture import weights_table

    return weights_table(Answers.of_table(first).of("val"), Answers.of_table(second).of("val"), fuse.steps)


def judge_fused(
    first: Table, second: Table, weights: Table, fuse: FuseConfig, evaluation: EvaluationConfig, runtime: RuntimeConfig
) -> tuple[ModelResults, Table, Table]:
    """The mixture that val has chosen, judged as a model is: its results, the leaderboard of three, fixed mixtures."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.leaderboard import leaderboard
    from seqpipe.fusion.answers import Answers
    from seqpipe.fusion.judged import FUSED, alone, doubt, finding, fixed_mixtures, fused

    one, two = Answers.of_table(first), Answers.of_table(second)
    of = evaluation_of(one.fit["task"]["name"])
    result = fused(one, two, weights, fuse, of, evaluation, runtime.seed)
    judged = {model.name: alone(model, of, evaluation, runtime.seed) for model in (one, two)}
    logger.info("%s", finding(one, two, result, evaluation, runtime.seed))
    if why := doubt(one):
        logger.warning("%s", why)
    return result, leaderboard({**judged, FUSED: result}, of), fixed_mixtures(one, two, result)


def draw_fused(weights: Table, leaderboard: Table, results: ModelResults) -> dict[str, Picture]:
    """The figures of the mixture, by name."""
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.fusion.figures import all_figures

    primary = evaluation_of(results.fit["task"]["name"]).primary
    return all_figures(weights, leaderboard, results, primary.key, primary.heading)


def write_fusion_report(
    first: Table,
    second: Table,
    leaderboard: Table,
    mixtures: Table,
    results: ModelResults,
    figures: dict[str, Picture],
    runtime: RuntimeConfig,
) -> str:
    """The self-contained report, made of what lies on disk."""
    from seqpipe.config import flat
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.fusion.answers import Answers
    from seqpipe.fusion.judged import doubt, finding
    from seqpipe.fusion.report import FusionInputs, render_fusion_report
    from seqpipe.tracking.provenance import summary

    models = Answers.of_table(first), Answers.of_table(second)
    config = EvaluationConfig.model_validate(results.evaluation)
    told = {"seed": str(runtime.seed), "device": results.fit["device"], **summary(Path.cwd())}
    return render_fusion_report(
        FusionInputs(
            summary=told,
            leaderboard=leaderboard,
            mixtures=mixtures,
            result=results,
            finding=finding(*models, results, config, runtime.seed),
            doubt=doubt(models[0]),
            trained_on={model.name: flat(dict(model.lineage)) for model in models},
            figures=figures,
            evaluation=evaluation_of(results.fit["task"]["name"]),
            config=config,
        )
    )
