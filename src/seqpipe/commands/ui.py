"""``seqpipe ui``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, envvar="PORT", show_envvar=True)
def ui(port: int) -> None:
    """Opens MLflow on all runs of a project, for this machine alone."""
    from seqpipe.tracking.ui import become, ui_of

    opened = ui_of(Path.cwd(), port)
    if not opened.arguments:
        click.echo(f"The runs are on {opened.page}: open it in a browser.")
        return
    click.echo(f"MLflow UI: {opened.page}  (Ctrl-C ends it; another port: --port)")
    become(opened)
