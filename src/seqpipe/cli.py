"""The project's command line: Kedro's, with a user's mistake told in a sentence instead of a traceback."""

from __future__ import annotations

import warnings
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import CONTEXT_SETTINGS
from kedro.io import DatasetError

from seqpipe.errors import UserError


def _run(**options: Any) -> Any:
    with warnings.catch_warnings():
        # Harmless and not the user's: Kedro's notices on its own future.
        warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
        try:
            return kedro_run.callback(**options)  # type: ignore[misc]
        except (UserError, DatasetError) as error:
            raise click.ClickException(_sentence(error)) from None
        except ValueError as error:
            # Kedro's own answer to an unknown pipeline, node or tag is a ValueError with a good sentence.
            if not _raised_by_kedro(error):
                raise
            raise click.ClickException(str(error)) from None


def _sentence(error: BaseException) -> str:
    """The user's mistake, also where Kedro has wrapped it in an error of a dataset."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UserError):
        cause = cause.__cause__
    return str(cause or error)


def _raised_by_kedro(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace else ""
    return module.startswith(("kedro.framework", "kedro.pipeline"))


@click.group(context_settings=CONTEXT_SETTINGS, name=__package__)
def cli() -> None:
    """Commands of the project."""


cli.add_command(click.Command("run", callback=_run, params=kedro_run.params, help=kedro_run.help))
