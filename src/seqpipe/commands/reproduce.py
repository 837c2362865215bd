"""``seqpipe reproduce``."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from seqpipe.commands.asked import ENV
from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.reproduction.differences import Difference
    from seqpipe.reproduction.record import RunRecord
    from seqpipe.tracking.recorded import Recorded
    from seqpipe.tracking.remembered import Opened

CANNOT, DIFFERS = 2, 3
"""The exit codes where a run cannot be repeated, and where it was and something differs."""


class How(NamedTuple):
    """How a run is repeated.

    Attributes:
        given: Parameters that a hand changes.
        cold: Nothing is taken from the project's stores.
        new: In an environment of its own, with the packages of the run.
        keep: The folder stays.
    """

    given: str
    cold: bool
    new: bool
    keep: bool


@click.command()
@click.argument("run_id")
@click.option("--params", "given", default="", help="Parameters that are others this time: runtime.seed=1,svm.C=2")
@click.option("--cold", is_flag=True, help="Computes all features anew; else the project's store is asked.")
@click.option("--new-environment", "new", is_flag=True, help="Installs the run's own packages into a new environment.")
@click.option("--keep", is_flag=True, help="Leaves the folder in which it runs, with all that the run writes.")
@ENV
@click.pass_context
def reproduce(ctx: click.Context, run_id: str, given: str, cold: bool, new: bool, keep: bool, env: str) -> None:
    """Runs the run RUN_ID of MLflow again, and says whether the results are the same bits.

    In a folder of its own: the code of its commit with what was not committed, its parameters, seed and threads. What
    differs today is told before it begins: packages, machine, data. Ends with 0 where all bits are the same; with 3
    where they are not, naming the first stage that differs, by how much, and what explains it; with 2 where it cannot
    be run again.
    """
    from seqpipe.tracking.remembered import opened

    project = Path.cwd()
    try:
        same = _repeated(opened(project, env), project, run_id, How(given, cold, new, keep))
    except UserError as error:
        click.echo(f"Cannot be reproduced: {error}", err=True)
        ctx.exit(CANNOT)
    ctx.exit(0 if same else DIFFERS)


def _repeated(place: Opened, project: Path, run_id: str, how: How) -> bool:
    from seqpipe.reproduction.differences import parameter_differences
    from seqpipe.reproduction.verdict import verdict
    from seqpipe.tracking.recorded import log_verdict, made_by, recorded_run, repeating

    recorded = recorded_run(place, run_id)
    before = made_by(place, recorded.run)
    _check_code(project, recorded)
    data = _data(place, recorded)
    _tell([*data, *_differences(recorded.record, recorded.parameters, _record_of_now(recorded.record))], how)
    turn = uuid.uuid4().hex
    _run(place, project, recorded, how, turn)
    now = repeating(place, turn)
    again = recorded_run(place, now.info.run_id)
    # As they were in force: the repetition has run the code of its checkout, perhaps in an environment of its own.
    by_hand = parameter_differences(recorded.parameters, again.parameters, recorded.record)
    said = {"threads"} if any(one.what == "runtime.threads" for one in by_hand) else set()
    machine = _differences(recorded.record, recorded.parameters, again.record)
    differences = [*data, *by_hand, *(one for one in machine if one.what not in said)]
    told = verdict(before, made_by(place, now), differences)
    log_verdict(place, now, told)
    click.echo("\n" + told.table[["stage", "entry", "verdict", "how much"]].to_string(index=False) + "\n")
    click.echo(told)
    if not how.cold:
        click.echo("(Features came from the project's store where it holds them; --cold computes them anew.)")
    return told.same


def _check_code(project: Path, recorded: Recorded) -> None:
    from seqpipe.reproduction.code import check_commit

    if recorded.record.untold:
        raise UserError(
            f"What was not committed then is not on record: {recorded.record.untold}. Commit before a run that is to "
            "be repeated."
        )
    if recorded.record.commit:
        check_commit(project, recorded.record.commit)


def _differences(before: RunRecord, parameters: Mapping[str, Any], now: RunRecord) -> list[Difference]:
    """What of weights, packages, code and machine is not as it was."""
    from seqpipe.reproduction.differences import environment_differences, machine_differences, weights_differences
    from seqpipe.reproduction.record import weights_named

    weights = weights_named(parameters, Path(before.project))
    return [
        *weights_differences(before, weights),
        *environment_differences(before, now),
        *machine_differences(before, now),
    ]


def _record_of_now(record: RunRecord) -> RunRecord:
    """The same run, as it would be recorded on this machine with what is installed now."""
    from dataclasses import replace

    from seqpipe.core.cores import available_cores
    from seqpipe.reproduction.record import code_digest, installed_packages, listened_variables
    from seqpipe.runtime.machine import machine_facts

    return replace(
        record,
        threads=min(record.threads, available_cores()),
        machine=machine_facts(),
        variables=listened_variables(),
        packages=installed_packages(),
        code=code_digest(),
    )


def _data(place: Opened, recorded: Recorded) -> list[Difference]:
    """Samples that are gone, changed or new.

    Raises:
        UserError: The corpus is gone.
    """
    from seqpipe.core.lineage import lineage_of
    from seqpipe.reproduction.samples import data_differences, listed_now
    from seqpipe.tracking.recorded import quarantine_of, samples_of

    samples = samples_of(place, recorded.run)
    corpus = {} if samples is None else lineage_of(samples).get("corpus", {})
    if samples is None or corpus.get("path") is None:
        return []  # an embedded corpus is made anew
    if not Path(corpus["path"]).exists():
        raise UserError(f"The corpus of that run is not there any more: {corpus['path']}.")
    return data_differences(samples, listed_now(corpus, recorded.parameters), quarantine_of(place, recorded.run))


def _tell(differences: Sequence[Difference], how: How) -> None:
    told = [str(one) for one in differences] + ([f"parameters by hand: {how.given}"] if how.given else [])
    if not told:
        click.echo("Code, packages, machine and data are what they were.")
        return
    click.echo("Differs before the start:")
    for line in told:
        click.echo(f"  {line}")


def _run(place: Opened, project: Path, recorded: Recorded, how: How, turn: str) -> None:
    from seqpipe.core.cores import available_cores
    from seqpipe.reproduction.again import (
        bring,
        check_within,
        command,
        placed,
        shared,
        variables,
        write_configuration,
    )
    from seqpipe.tracking.reproducing import REPRODUCES, TURN

    record = recorded.record
    with _folder(project, record, recorded.patch, how.keep) as folder:
        python = _environment(folder, record) if how.new else None
        catalog = shared(recorded.catalog, project, record, how.cold)
        check_within(folder, catalog)
        bring(record, project, folder)
        parameters = placed(recorded.parameters, record, available_cores())
        tracking = {"tracking_uri": place.store.uri, "experiment": place.store.experiment}
        typed = command(record, write_configuration(folder, parameters, catalog, tracking), how.given, python)
        click.echo(f"In {folder}: {' '.join(typed[1:])}")
        told = variables(folder / "src", {REPRODUCES: recorded.run.info.run_id, TURN: turn})
        code = subprocess.run(typed, cwd=folder, env=told, check=False).returncode
        if code:
            raise UserError(f"the run ended with {code}; what it said stands above.")


@contextmanager
def _folder(project: Path, record: RunRecord, patch: bytes, keep: bool) -> Iterator[Path]:
    from seqpipe.reproduction.code import as_it_was, without_repository

    above = Path(tempfile.mkdtemp(prefix="seqpipe-reproduce-"))
    made = (
        as_it_was(project, record, patch, above / "project", keep)
        if record.commit
        else without_repository(project, above / "project", keep)
    )
    try:
        with made as folder:
            yield folder
    finally:
        if keep:
            click.echo(f"Kept: {above / 'project'}")
        else:
            shutil.rmtree(above, ignore_errors=True)


def _environment(folder: Path, record: RunRecord) -> str:
    from seqpipe.reproduction.environment import new_environment

    click.echo("Installing the packages of the run into an environment of its own; this takes minutes.")
    return str(new_environment(folder.with_name("environment"), record.packages))
