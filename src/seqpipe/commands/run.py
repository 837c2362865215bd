"""``seqpipe run``."""

from __future__ import annotations

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Trains, as `kedro run` with these arguments does in the folder of a project."""
    from kedro.framework.cli import main as kedro

    sys.argv = ["kedro", "run", *arguments]
    kedro()
