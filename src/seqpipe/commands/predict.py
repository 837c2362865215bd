"""``seqpipe predict``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from seqpipe.commands.asked import asked, which_model
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from seqpipe.commands.asked import Asked
    from seqpipe.use.predictor import Predictor

ALL_FAILED = 3
"""The exit code where not one file could be answered."""


class Questions(NamedTuple):
    """What is asked about: paths and patterns as they were named, and texts as they were typed."""

    paths: Sequence[str]
    texts: Sequence[str]

    def check(self, written: Written) -> None:
        """Raises a UserError where nothing is asked, or a file is wanted beside something that lies nowhere."""
        if not self.paths and not self.texts:
            raise UserError("Nothing is asked: name files, folders or patterns, or give a text by --text.")
        if self.texts and written.form is not None:
            raise UserError(f"--as {written.form} writes a file a video, and a --text is none: leave one of them out.")


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

    def files(self, listing: pd.DataFrame, predictor: Predictor) -> dict[str, Path]:
        """Those of each video, by its path; none of a table.

        Raises:
            UserError: One exists already, or the model answers neither frames nor with a sentence about all of them.
        """
        from seqpipe.use.segment_folder import files_of

        if self.form is None or self.out is None:
            return {}
        told = predictor.model.task.told
        if told == "sentence" and not predictor.tells_of_time:
            raise UserError(
                f"--as {self.form} is for what is said of a stretch of time, and this model says a sentence of a "
                "picture, or of a text: leave it out."
            )
        if told not in ("segments", "sentence"):
            raise UserError(f"--as {self.form} needs labels by frame; this model gives none: leave it out.")
        return files_of(listing, self.form, self.out)


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--text", "texts", multiple=True, help="A text to answer about, as it is typed; may be repeated.")
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
    help="Labels by frame, or the sentence that is said of all of them, as a file a video: subtitles, which players "
    "show where they lie beside it (without the background), or annotations for ELAN.",
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
    texts: tuple[str, ...],
    model: str | None,
    task: str | None,
    env: str,
    out: Path | None,
    form: str | None,
    cache: Path | None,
) -> None:
    """Answers about files, folders, patterns and manifests; a model of texts also about what is typed.

    Writes what it says to --out, else to the screen. Ends with 0 where at least one file could be answered, and tells
    how many could not and why; with 3 where none could.

    The column `flag` says what to look at twice: "low confidence" where the probability is below that of all but a
    twentieth of the right answers on val, "far from training" where the features are farther from those of train than
    those of 99 % of val. A fine-tuned CNN does not tell the second.
    """
    questions, written = Questions(paths, texts), Written(out, form)
    questions.check(written)
    written.check()
    ctx.exit(_predicted(questions, asked(model, task, env), written, cache))


def _predicted(questions: Questions, one: Asked, written: Written, cache: Path | None) -> int:
    from seqpipe.use.cache import cache_in_use
    from seqpipe.use.predictor import Predictor
    from seqpipe.use.sources import listing_of_paths
    from seqpipe.use.typed import files_of_texts

    bundle = one.bundle
    # No lock of the project: a run beside it replaces files whole, and what lies in the stores is known by its content.
    within = cache_in_use(cache) if cache or one.data is None else nullcontext(one.data)
    with within as kept:
        stores = (kept / "store", kept / "probes")
        if kept == one.data:
            stores = (kept / "04_feature/store", kept / "02_intermediate/probes")
        predictor = Predictor(bundle, one.runtime, *stores)
        with files_of_texts(questions.texts, predictor.files) as typed:
            named = [*questions.paths, *typed]
            listing = listing_of_paths(named, predictor.files, images="image" in bundle.kinds)
            what = f"{one.named}: {predictor.model.description}"
            click.echo(f"{what} ({bundle.trained['corpus']}, {bundle.mib:.1f} MiB)", err=True)
            return _told(predictor, listing, written, typed)


def _told(predictor: Predictor, listing: pd.DataFrame, written: Written, typed: Mapping[str, str]) -> int:
    """Asks, and gives the answers where they are wanted; the exit code. ``typed``: texts by the files of them."""
    from seqpipe.use.flags import counted_flags
    from seqpipe.use.segment_folder import write_segments
    from seqpipe.use.sentences import cues
    from seqpipe.use.tables import TABLES, joined, write_table

    task, names = predictor.model.task, predictor.model.class_names
    files = written.files(listing, predictor)
    samples, quarantine = predictor.probed(listing)
    table = joined([TABLES[task.told](part, names) for part in predictor.parts(samples)])
    table["path"] = table["path"].map(lambda path: typed.get(path, path))
    if written.form is not None:
        background = task.facts().get("background", ())
        segments = cues(table, samples) if task.told == "sentence" else table
        write_segments(segments, list(samples["path"]), files, written.form, background)
    elif written.out is not None:
        write_table(table, written.out)
    elif len(table):
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if written.out is not None:
        click.echo(f"{len(samples)} of {len(listing)} files are answered in {written.out}", err=True)
    for said in filter(None, [counted_flags(table["flag"]), predictor.untold]):
        click.echo(said, err=True)
    for path, reason, detail in quarantine.itertuples(index=False):
        click.echo(f"not answered: {typed.get(path, path)}: {reason}: {detail}", err=True)
    return 0 if len(samples) else ALL_FAILED
