"""The runs below a whole run, and which of them it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from seqpipe.core.errors import UserError
from seqpipe.tasks.registry import task_of_report
from seqpipe.tracking.tags import BEST_TAG

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


def children(client: MlflowClient, run: Run) -> list[Run]:
    """The runs below a run, in no order that says anything."""
    below = f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    return list(client.search_runs([run.info.experiment_id], below))


def and_children(client: MlflowClient, run: Run) -> Iterator[Run]:
    """A run, and the runs of its models, the best on val first: as its leaderboard has said, or as their fits say.

    Raises:
        UserError: Nothing says which of its models is the best.
    """
    yield run
    below, best = children(client, run), run.data.tags.get(BEST_TAG)
    if any(child.info.run_name == best for child in below):
        yield from sorted(below, key=lambda child: child.info.run_name != best)
    else:
        yield from _by_val(below, run)


def _by_val(below: Sequence[Run], run: Run) -> list[Run]:
    """By their scores on val; those without one are last, for they have ended before there was a model."""
    from seqpipe.evaluation.base import evaluation_of

    pipeline = run.data.tags.get("kedro.pipeline", "")
    judged = evaluation_of(task_of_report(pipeline))
    score, way = f"val_{judged.primary.key}", -1 if judged.higher_is_better else 1
    scored = [child for child in below if score in child.data.metrics]
    if len(below) > 1 and not scored:
        ids = ", ".join(f"{child.info.run_name} {child.info.run_id}" for child in below)
        raise UserError(
            f"The run {run.info.run_id} does not say which of its models is the best on val: name one of them ({ids})."
        )
    others = [child for child in below if score not in child.data.metrics]
    return sorted(scored, key=lambda child: way * child.data.metrics[score]) + others
