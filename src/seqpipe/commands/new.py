"""``seqpipe new``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Makes a new project in FOLDER, which does not exist or is empty."""
    from seqpipe.project.new import new_project

    new_project(folder)
    click.echo(f"{folder} is a project. What to type next:\n")
    if folder.resolve() != Path.cwd():
        click.echo(f"    cd {folder}")
    click.echo("    seqpipe run                                 # on the embedded corpus; no download")
    click.echo("    seqpipe run --params corpus.path=my_videos  # on your own: one folder a class")
    click.echo("\nIts README.md says more.")
