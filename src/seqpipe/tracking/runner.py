"""How the pipelines are run: a node after the other, those that draw last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.runner import SequentialRunner

from seqpipe.core.errors import UserError
from seqpipe.tracking.compat import nodes_with_missing_outputs

SEQUENTIAL = "SequentialRunner"
# As Kedro prints the runner of a session that was given none: it takes the sequential one.
NOT_NAMED = "None"
DRAW = "draw"
"""The tag of nodes that draw what others have measured."""


class DrawsLast(SequentialRunner):
    """Hands Kedro's sequential runner the nodes so that what draws waits for what measures: its outcome is told before.

    The order is no dependency: were figures made of the leaderboard, those of all models would be drawn anew whenever
    one is trained, and all models trained where the figures of one are asked for.
    """

    def __init__(self, is_async: bool = False) -> None:
        super().__init__(is_async)
        # Not by inheritance: a runner logs by the name of its class, and Kedro's own is known to be quiet.
        self._sequential = SequentialRunner(is_async)

    def run(
        self,
        pipeline: Pipeline,
        catalog: Any,
        hook_manager: Any = None,
        run_id: str | None = None,
        only_missing_outputs: bool = False,
    ) -> dict[str, Any]:
        """Runs them as Kedro's does; what is not missing is left out before they are put in order."""
        if only_missing_outputs:
            pipeline = nodes_with_missing_outputs(pipeline, catalog)
        return self._sequential.run(_DrawnLast(pipeline.nodes), catalog, hook_manager, run_id)


class _DrawnLast(Pipeline):
    @property
    def nodes(self) -> list[Node]:
        return drawn_last(super().nodes)


def drawn_last(nodes: Iterable[Node]) -> list[Node]:
    """These nodes, in another order that their dependencies allow: what draws, and what reads of that, comes last."""
    first: list[Node] = []
    last: list[Node] = []
    drawn: set[str] = set()
    for node in nodes:
        waits = DRAW in node.tags or not drawn.isdisjoint(node.inputs)
        (last if waits else first).append(node)
        drawn.update(node.outputs if waits else ())
    return first + last


class RunnerHook:
    """Refuses runners by which several nodes train at once."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Looks at the runner before anything runs."""
        check_runner(run_params["runner"])


def check_runner(runner: str) -> None:
    """Raises a UserError for another runner than the sequential one.

    Seeds, threads and determinism belong to the process: nodes that train at once would share them, and give other
    models at one seed.

    Args:
        runner: A class as ``--runner`` names it, or an object as Kedro prints it.
    """
    name = runner.removeprefix("<").partition(" ")[0].rpartition(".")[2]
    if name not in (SEQUENTIAL, DrawsLast.__name__, NOT_NAMED):
        raise UserError(
            f"One process trains one model at a time, so that a seed gives the same bits: got the runner {name}; leave "
            f"--runner out, or give {SEQUENTIAL}."
        )
