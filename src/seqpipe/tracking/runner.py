"""Which of Kedro's runners may run the pipelines: the one that does a node after the other."""

from __future__ import annotations

from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.core.errors import UserError

SEQUENTIAL = "SequentialRunner"
# As Kedro prints the runner of a session that was given none: it takes the sequential one.
NOT_NAMED = "None"


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
    if name not in (SEQUENTIAL, NOT_NAMED):
        raise UserError(
            f"One process trains one model at a time, so that a seed gives the same bits: got the runner {name}; leave "
            f"--runner out, or give {SEQUENTIAL}."
        )
