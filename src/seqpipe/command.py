"""The command ``seqpipe``: a project's runs, and the use of what they have trained."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from seqpipe import __version__
from seqpipe.core.errors import UserError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "run": "Trains: `kedro run` with these arguments, in the folder of a project.",
        "predict": "Answers about files, folders, patterns and manifests.",
        "serve": "Answers over HTTP, with a page to drop files on.",
        "bundle": "Copies a trained model with all it needs into a new folder.",
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
def main() -> None:
    """From a folder of videos to trained, compared and usable models."""
    import warnings

    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("seqpipe").setLevel(logging.INFO)


if __name__ == "__main__":
    main()
