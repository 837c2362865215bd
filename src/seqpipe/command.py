"""The command ``seqpipe``: a project's runs, and the use of what they have trained."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqpipe import __version__
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.use.bundle import Bundle

ALL_FAILED = 3
"""The exit code where not one file could be answered."""


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """A user's mistake ends the command with a sentence and 1, Ctrl-C with a line and 130."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        sys.exit(128 + signal.SIGINT)
    except UserError as error:
        raise click.ClickException(str(error)) from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="seqpipe")
def main() -> None:
    """From a folder of videos to trained, compared and usable models."""
    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Trains, as `kedro run` with these arguments does in the folder of a project."""
    from kedro.framework.cli import main as kedro

    sys.argv = ["kedro", "run", *arguments]
    kedro()


@main.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--model", help="A model of this project by its name, or a folder of `seqpipe bundle`. [the best on val]")
@click.option("--task", help="The task whose model it is, where that is not the classification of clips.")
@click.option("--out", type=click.Path(path_type=Path), help="A .csv, .json or .parquet file to write.")
@click.option("--env", default="local", show_default=True, help="The environment of the project's configuration.")
def predict(paths: tuple[str, ...], model: str | None, task: str | None, out: Path | None, env: str) -> None:
    """Answers about files, folders, patterns and manifests.

    Writes what it says to --out, else to the screen. Ends with 0 where at least one file could be answered, and tells
    how many could not and why; with 3 where none could.
    """
    from seqpipe.use.tables import check_writable

    with in_a_sentence():
        if out is not None:
            check_writable(out)
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        logging.getLogger("seqpipe").setLevel(logging.INFO)
        sys.exit(_predicted(paths, model, task, out, env))


def _predicted(paths: tuple[str, ...], model: str | None, task: str | None, out: Path | None, env: str) -> int:
    from seqpipe.config import RuntimeConfig
    from seqpipe.modalities.registry import modality
    from seqpipe.modalities.saved import saved_parameters
    from seqpipe.use.predictor import Predictor
    from seqpipe.use.sources import listing_of_paths
    from seqpipe.use.tables import TABLES, write_table

    bundle, parameters, data = opened(model, task, env)
    files = modality(bundle.modality, saved_parameters(bundle.encoder)).files
    listing = listing_of_paths(paths, files, images="image" in bundle.kinds)
    runtime = RuntimeConfig.model_validate(parameters.get("runtime", OF_NO_PROJECT))
    with tempfile.TemporaryDirectory() as aside:
        kept = data or Path(aside)
        folders = (kept / "04_feature/store", kept / "02_intermediate/probes")
        predictor = Predictor(bundle, runtime, *folders)
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


OF_NO_PROJECT = {"seed": 0, "device": "auto", "threads": None, "deterministic": True}
"""Where a bundle is asked outside a project."""


def opened(model: str | None, task: str | None, env: str) -> tuple[Bundle, Mapping[str, Any], Path | None]:
    """The bundle that is asked, the project's parameters, and its data folder; without a project none of either."""
    from seqpipe.use.bundle import RECORD, bundle_of_run, read_bundle

    project = Path.cwd()
    parameters = _parameters(project, env) if (project / "conf").is_dir() else {}
    data = project / "data" if parameters else None
    if model is not None and (Path(model) / RECORD).exists():
        return read_bundle(Path(model)), parameters, data
    if data is None:
        what = f"{model} is no folder of `seqpipe bundle`, and " if model else ""
        raise UserError(f"{what}{project} is no project (it has no conf/): name a --model, or go to a project.")
    return bundle_of_run(data, model, parameters, task), parameters, data


def _parameters(project: Path, env: str) -> dict[str, Any]:
    from kedro.config import MissingConfigException, OmegaConfigLoader

    from seqpipe.config import with_inherited
    from seqpipe.settings import CONFIG_LOADER_ARGS

    arguments: dict[str, Any] = dict(CONFIG_LOADER_ARGS)
    try:
        loader = OmegaConfigLoader(str(project / "conf"), env=env, **arguments)
        return dict(with_inherited(loader["parameters"]))
    except MissingConfigException as error:
        raise UserError(str(error)) from None


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--model", help="The model's name. [the best on val]")
@click.option("--task", help="The task whose model it is, where that is not the classification of clips.")
@click.option("--env", default="local", show_default=True, help="The environment of the project's configuration.")
def bundle(folder: Path, model: str | None, task: str | None, env: str) -> None:
    """Copies a trained model with all it needs into a new FOLDER, to be asked on another machine."""
    from seqpipe.use.bundle import write_bundle

    with in_a_sentence():
        found, *_ = opened(model, task, env)
        write_bundle(found, folder)
        click.echo(f"{folder}: {found.mib:.1f} MiB. Ask it by `seqpipe predict PATHS... --model {folder}`.")


if __name__ == "__main__":
    main()
