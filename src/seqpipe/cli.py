"""The project's command line: Kedro's, with a user's mistake told in a sentence instead of a traceback."""

from __future__ import annotations

import errno
import re
import signal
import warnings
from typing import Any

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import CONTEXT_SETTINGS
from kedro.framework.project import pipelines
from kedro.io import DatasetError
from yaml import YAMLError

from seqpipe.arguments import with_texts
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.runtime.compat import pause_collector
from seqpipe.tracking.runner import DrawsLast, check_runner

# Nothing that a traceback would help with: no right, no room, a file system that takes nothing.
REFUSED_BY_THE_SYSTEM = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}

RUNNER = f"{DrawsLast.__module__}.{DrawsLast.__name__}"


def _run(**options: Any) -> Any:
    # Start-up makes objects by the million, none of them garbage; CollectorHook turns the collector on again.
    pause_collector()
    with warnings.catch_warnings():
        # Harmless and not the user's: Kedro's notices on its own future.
        warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
        try:
            _check_runner(options)
            return kedro_run.callback(**options | {"runner": RUNNER})  # type: ignore[misc]
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise SystemExit(128 + signal.SIGINT) from None
        except SystemExit:
            # The system asked for it.
            click.echo("Stopped.", err=True)
            raise
        except (UserError, DatasetError, MissingConfigException, YAMLError) as error:
            raise click.ClickException(_sentence(error)) from None
        except OSError as error:
            if error.errno not in REFUSED_BY_THE_SYSTEM:
                raise
            raise click.ClickException(_what_the_system_says(error)) from None
        except ValueError as error:
            # Kedro's own answer to an unknown pipeline, node or tag is a ValueError with a good sentence.
            if not _raised_by_kedro(error):
                raise
            raise click.ClickException(_with_known_names(str(error).strip(), options)) from None


def _check_runner(options: dict[str, Any]) -> None:
    """Answers what Kedro would make of these options with a traceback."""
    if options.get("runner"):
        check_runner(options["runner"])
    for name in set(options.get("runner_params") or ()) - {"is_async"}:
        raise unknown_name("parameter in --runner-params", name, ["is_async"])


def _sentence(error: BaseException) -> str:
    """The user's mistake, or what the system refuses, also where Kedro has wrapped it in an error of a dataset."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return str(cause)
        if isinstance(cause, OSError) and cause.errno in REFUSED_BY_THE_SYSTEM:
            return _what_the_system_says(cause)
        cause = cause.__cause__
    return str(error)


def _what_the_system_says(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    return (
        f"The system refuses what the run needs: {error.strerror}{where}. Make room or give the right, and run again."
    )


def _with_known_names(message: str, options: dict[str, Any]) -> str:
    """Kedro's sentence on an unknown pipeline or node, and what there is in the pipelines that were asked for."""
    if "the pipeline named" in message:
        unknown = message.partition("'")[2].partition("'")[0]
        return str(unknown_name("pipeline", unknown, sorted(pipelines)))
    if "nodes named" in message:
        asked = options.get("pipelines") or [options.get("pipeline") or "__default__"]
        known = [node.name for name in asked for node in pipelines[name].nodes]
        wrong = re.findall(r"'([^']+)'", message.partition("nodes named")[2])
        return str(unknown_name("node", ", ".join(wrong), known))
    return message


def _raised_by_kedro(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace else ""
    return module.startswith(("kedro.framework", "kedro.pipeline"))


@click.group(context_settings=CONTEXT_SETTINGS, name=__package__)
def cli() -> None:
    """Commands of the project."""


_options = [with_texts(option) if option.name == "params" else option for option in kedro_run.params]
cli.add_command(click.Command("run", callback=_run, params=_options, help=kedro_run.help))
