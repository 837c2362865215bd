"""The command ``seqpipe``: a project's runs, and the use of what they have trained."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import click

from seqpipe import __version__
from seqpipe.core.errors import UserError

LOGGING_VARIABLE = "KEDRO_LOGGING_CONFIG"
LOGGING = Path(__file__).parent / "commands/logging.yml"

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "doctor": "Tells what this machine has, and what is missing.",
        "new": "Makes the folder of a new project.",
        "run": "Trains: `kedro run` with these arguments, in the folder of a project.",
        "predict": "Answers about files, folders, patterns and manifests.",
        "serve": "Answers over HTTP, with a page to drop files on.",
        "models": "Lists the models in MLflow's registry.",
        "promote": "Makes the candidate the champion, unless it is worse.",
        "reproduce": "Runs an old run again, and says whether the results are the same bits.",
        "bundle": "Copies a trained model with all it needs into a new folder.",
        "ui": "Opens MLflow on all runs of a project.",
    }
)
"""The commands in the order of use, each with its line in the list. One is the function of its name in
``seqpipe.commands.<name>``, which is imported when it is asked for: a list of commands needs no torch."""


class Commands(click.Group):
    """The commands; a user's mistake ends any of them with a sentence and 1, Ctrl-C with a line and 130."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"seqpipe.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists them without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Runs one."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(128 + signal.SIGINT)
        except UserError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="seqpipe")
@click.pass_context
def main(ctx: click.Context) -> None:
    """From a folder of videos to trained, compared and usable models."""
    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
    if ctx.invoked_subcommand != "run":
        _say_on_stderr(ctx)


def _say_on_stderr(ctx: click.Context) -> None:
    """What is said beside an answer, by Kedro's means as well: it lays out logging when it is imported."""
    os.environ[LOGGING_VARIABLE] = str(LOGGING)
    # A program that calls a command has its own way to log.
    ctx.call_on_close(lambda: os.environ.pop(LOGGING_VARIABLE, None))
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("seqpipe").setLevel(logging.INFO)


if __name__ == "__main__":
    main()
