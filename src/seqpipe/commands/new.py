"""``seqpipe new``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--renew", is_flag=True, help="Bring the project in FOLDER to this version; what it had is kept aside.")
def new(folder: Path, renew: bool) -> None:
    """Makes a new project in FOLDER, which does not exist or is empty."""
    if renew:
        _renew(folder)
    else:
        _make(folder)


def _make(folder: Path) -> None:
    from seqpipe.project.new import new_project

    new_project(folder)
    click.echo(f"{folder} is a project. What to type next:\n")
    if folder.resolve() != Path.cwd():
        click.echo(f"    cd {shlex.quote(str(folder))}")
    click.echo("    seqpipe run                                 # on the embedded corpus; no download")
    click.echo("    seqpipe run --params corpus.path=my_videos  # on your own: one folder a class")
    click.echo("\nIts README.md says more.")


def _renew(folder: Path) -> None:
    from seqpipe import __version__
    from seqpipe.project.renew import renew

    kept = renew(folder)
    click.echo(f"{folder} is a project of seqpipe {__version__}.")
    for before in kept:
        click.echo(f"What it had before lies in {before}: what you changed in it belongs into conf/local/.")
