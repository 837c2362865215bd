"""``seqpipe predict``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from seqpipe.commands.asked import asked, which_model

ALL_FAILED = 3
"""The exit code where not one file could be answered."""


@click.command()
@click.argument("paths", nargs=-1, required=True)
@which_model
@click.option("--out", type=click.Path(path_type=Path), help="A .csv, .json or .parquet file to write.")
@click.pass_context
def predict(
    ctx: click.Context, paths: tuple[str, ...], model: str | None, task: str | None, env: str, out: Path | None
) -> None:
    """Answers about files, folders, patterns and manifests.

    Writes what it says to --out, else to the screen. Ends with 0 where at least one file could be answered, and tells
    how many could not and why; with 3 where none could.
    """
    from seqpipe.use.tables import check_writable

    if out is not None:
        check_writable(out)
    ctx.exit(_predicted(paths, model, task, env, out))


def _predicted(paths: tuple[str, ...], model: str | None, task: str | None, env: str, out: Path | None) -> int:
    from seqpipe.use.predictor import Predictor
    from seqpipe.use.sources import listing_of_paths
    from seqpipe.use.tables import TABLES, write_table

    one = asked(model, task, env)
    bundle = one.bundle
    with tempfile.TemporaryDirectory() as aside:
        kept = one.data or Path(aside)
        predictor = Predictor(bundle, one.runtime, kept / "04_feature/store", kept / "02_intermediate/probes")
        listing = listing_of_paths(paths, predictor.files, images="image" in bundle.kinds)
        click.echo(f"{predictor.model.description} ({bundle.trained['corpus']}, {bundle.mib:.1f} MiB)", err=True)
        answers = predictor.predict(listing)
    table = TABLES[predictor.model.task.per](answers, predictor.model.class_names)
    if out is not None:
        write_table(table, out)
        click.echo(f"{len(answers.samples)} of {len(listing)} files are answered in {out}", err=True)
    elif len(table):
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    for path, reason, detail in answers.quarantine.itertuples(index=False):
        click.echo(f"not answered: {path}: {reason}: {detail}", err=True)
    return 0 if len(answers.samples) else ALL_FAILED
