"""``seqpipe predict``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from seqpipe.commands.asked import asked, which_model
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from seqpipe.tasks.base import Told
    from seqpipe.use.predictor import Predictor

ALL_FAILED = 3
"""The exit code where not one file could be answered."""


class Written(NamedTuple):
    """Where the answers go.

    Attributes:
        out: A table, or the folder of the files a video; None: the screen.
        form: What the files a video are; None: a table.
    """

    out: Path | None
    form: str | None

    def check(self) -> None:
        """Raises a UserError where they cannot go there."""
        from seqpipe.use.segment_folder import FORMS
        from seqpipe.use.tables import check_writable

        if self.form is not None:
            if self.out is None:
                raise UserError(f"--as {self.form} writes a file a video: name a folder for them by --out.")
        elif self.out is not None:
            if (form := self.out.suffix.lower()[1:]) in FORMS:
                raise UserError(f"{self.out} is a file of one video: name a folder by --out, and --as {form}.")
            check_writable(self.out)

    def files(self, listing: pd.DataFrame, told: Told) -> dict[str, Path]:
        """Those of each video, by its path; none of a table.

        Raises:
            UserError: One exists already, or the model answers no frames.
        """
        from seqpipe.use.segment_folder import files_of

        if self.form is None or self.out is None:
            return {}
        if told != "segments":
            raise UserError(f"--as {self.form} needs labels by frame; this model gives none: leave it out.")
        return files_of(listing, self.form, self.out)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@which_model
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A .csv, .json or .parquet file to write; with --as, a folder in which the files lie as their videos do to "
    "each other. [the screen]",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["srt", "eaf"]),
    help="Labels by frame as a file a video: subtitles, which players show where they lie beside it (without the "
    "background), or annotations for ELAN.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where features are kept, so that an interrupted call goes on where it was; the oldest go beyond 2 GiB. [the "
    "project's own, whole; outside a project $SEQPIPE_CACHE, or seqpipe in the user's cache folder]",
)
@click.pass_context
def predict(
    ctx: click.Context,
    paths: tuple[str, ...],
    model: str | None,
    task: str | None,
    env: str,
    out: Path | None,
    form: str | None,
    cache: Path | None,
) -> None:
    """Answers about files, folders, patterns and manifests.

    Writes what it says to --out, else to the screen. Ends with 0 where at least one file could be answered, and tells
    how many could not and why; with 3 where none could.

    The column `flag` says what to look at twice: "low confidence" where the probability is below that of all but a
    twentieth of the right answers on val, "far from training" where the features are farther from those of train than
    those of 99 % of val. A fine-tuned CNN does not tell the second.
    """
    written = Written(out, form)
    written.check()
    ctx.exit(_predicted(paths, model, task, env, written, cache))


def _predicted(
    paths: tuple[str, ...], model: str | None, task: str | None, env: str, written: Written, cache: Path | None
) -> int:
    from seqpipe.use.cache import cache_in_use
    from seqpipe.use.predictor import Predictor
    from seqpipe.use.sources import listing_of_paths

    one = asked(model, task, env)
    bundle = one.bundle
    # No lock of the project: a run beside it replaces files whole, and what lies in the stores is known by its content.
    within = cache_in_use(cache) if cache or one.data is None else nullcontext(one.data)
    with within as kept:
        stores = (kept / "store", kept / "probes")
        if kept == one.data:
            stores = (kept / "04_feature/store", kept / "02_intermediate/probes")
        predictor = Predictor(bundle, one.runtime, *stores)
        listing = listing_of_paths(paths, predictor.files, images="image" in bundle.kinds)
        what = f"{one.named}: {predictor.model.description}"
        click.echo(f"{what} ({bundle.trained['corpus']}, {bundle.mib:.1f} MiB)", err=True)
        return _told(predictor, listing, written)


def _told(predictor: Predictor, listing: pd.DataFrame, written: Written) -> int:
    """Asks, and gives the answers where they are wanted; the exit code."""
    import pandas as pd

    from seqpipe.use.segment_folder import write_segments
    from seqpipe.use.tables import TABLES, counted_flags, write_table

    task, names = predictor.model.task, predictor.model.class_names
    files = written.files(listing, task.told)
    samples, quarantine = predictor.probed(listing)
    table = pd.concat([TABLES[task.told](part, names) for part in predictor.parts(samples)], ignore_index=True)
    if written.form is not None:
        background = task.facts().get("background", ())
        write_segments(table, list(samples["path"]), files, written.form, background)
    elif written.out is not None:
        write_table(table, written.out)
    elif len(table):
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if written.out is not None:
        click.echo(f"{len(samples)} of {len(listing)} files are answered in {written.out}", err=True)
    for said in filter(None, [counted_flags(table["flag"]), predictor.untold]):
        click.echo(said, err=True)
    for path, reason, detail in quarantine.itertuples(index=False):
        click.echo(f"not answered: {path}: {reason}: {detail}", err=True)
    return 0 if len(samples) else ALL_FAILED
