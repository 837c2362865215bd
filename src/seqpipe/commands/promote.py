"""``seqpipe promote``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqpipe.commands.asked import ENV, TASK, project_parameters
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.tracking.champion import Judging
    from seqpipe.use.promotion import Duel

WORSE = 3
"""The exit code where the candidate is worse, and the champion stays."""


@click.command()
@click.argument("name", required=False)
@click.option("--version", "which", default="candidate", show_default=True, help="The version that is to be champion.")
@click.option("--force", is_flag=True, help="Moves it unjudged, or worse.")
@TASK
@ENV
@click.pass_context
def promote(ctx: click.Context, name: str | None, which: str, force: bool, task: str | None, env: str) -> None:
    """Makes the candidate of NAME the champion, unless it is worse.

    NAME is the registered model [that of the corpus of the last `kedro run`]. Both are judged on the candidate's test
    samples, and the difference is told with its interval, sample by sample. Ends with 3 where the champion stays.
    """
    from seqpipe.tracking.connect import refused_in_a_sentence
    from seqpipe.tracking.registry import version_at, version_named
    from seqpipe.tracking.remembered import name_here, opened
    from seqpipe.tracking.tags import CHAMPION

    project = Path.cwd()
    place = opened(project, env)
    name = name or name_here(project, place.store, task)
    with refused_in_a_sentence(place.store):
        candidate, champion = version_named(place.client, name, which), version_at(place.client, name, CHAMPION)
    click.echo(f"candidate: version {candidate.version}, {candidate.tags.get('model', '')}")
    if champion is None:
        click.echo("There is no champion yet.")
    elif champion.version == candidate.version:
        click.echo(f"Version {champion.version} is the champion already.")
        return
    else:
        click.echo(f"champion:  version {champion.version}, {champion.tags.get('model', '')}")
        if not _may_move(place, candidate, champion, _judging(project, env), force):
            ctx.exit(WORSE)
    place.client.set_registered_model_alias(name, CHAMPION, candidate.version)
    click.echo(f"{name}@{CHAMPION} is version {candidate.version} now.")


def _may_move(place: Any, candidate: Any, champion: Any, by: Judging, force: bool) -> bool:
    from seqpipe.tracking.champion import judged

    try:
        duel = judged(place, candidate, champion, by)
    except UserError as error:
        if not force:
            raise
        click.echo(f"Not judged: {error}")
        return True
    click.echo(_told(duel, by.evaluation.confidence))
    if not duel.passed:
        click.echo(
            f"The candidate is worse: {'moved by --force.' if force else 'not moved; --force moves it all the same.'}"
        )
    return duel.passed or force


def _told(duel: Duel, confidence: float) -> str:
    return (
        f"{duel.score} on {duel.samples} test samples of {duel.groups} groups: candidate {duel.candidate:.3f}, "
        f"champion {duel.champion:.3f}; difference {_difference(duel, confidence)}, paired."
    )


def _difference(duel: Duel, confidence: float) -> str:
    """In points of a hundred, as accuracies are compared; other scores have scales of their own."""
    from seqpipe.use.promotion import ACCURACY

    if duel.score == ACCURACY:
        mean, low, high = (f"{100 * value:+.1f}" for value in duel.difference)
        return f"{mean} points ({confidence:.0%} interval {low} to {high})"
    mean, low, high = (f"{value:+.3f}" for value in duel.difference)
    return f"{mean} ({confidence:.0%} interval {low} to {high})"


def _judging(project: Path, env: str) -> Judging:
    from seqpipe.config import EvaluationConfig, RuntimeConfig
    from seqpipe.tracking.champion import Judging

    parameters: Mapping[str, Any] = project_parameters(project, env)
    return Judging(
        EvaluationConfig.model_validate(parameters["evaluation"]),
        RuntimeConfig.model_validate(parameters["runtime"]),
        project / "data/04_feature/store",
        project / "data/02_intermediate/probes",
    )
