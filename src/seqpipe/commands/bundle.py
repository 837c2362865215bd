"""``seqpipe bundle``."""

from __future__ import annotations

from pathlib import Path

import click

from seqpipe.commands.asked import asked, which_model


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@which_model
def bundle(folder: Path, model: str | None, task: str | None, env: str) -> None:
    """Copies a trained model with all it needs into a new FOLDER, to be asked on another machine."""
    from seqpipe.use.bundle import write_bundle

    found = asked(model, task, env).bundle
    write_bundle(found, folder)
    click.echo(f"{folder}: {found.mib:.1f} MiB. Ask it by `seqpipe predict PATHS... --model {folder}`.")
