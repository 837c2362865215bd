"""Bringing a project to the installed version: what it was given by another one is replaced."""

from __future__ import annotations

import filecmp
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.project.found import is_project
from seqpipe.project.new import copy
from seqpipe.project.template import REPOSITORY, shipped


def renew(folder: Path) -> list[Path]:
    """Replaces what ``seqpipe new`` of another version has copied, where it differs from the installed version's.

    Returns:
        Where the old ones lie now: nothing of the user's is lost.

    Raises:
        UserError: It is no project, or is the repository itself, or old ones lie there from the time before.
    """
    if not is_project(folder):
        raise UserError(f"{folder} is no project: name the folder of one, or make one without --renew.")
    if folder.resolve() == REPOSITORY.resolve():
        raise UserError(f"{folder} is a checkout of seqpipe, whose files are the template: `git pull` renews them.")
    other = [name for name, source in shipped().items() if differing(source, folder / name)]
    there = [before for name in other if (before := _before(folder / name)).exists()]
    if there:
        raise UserError(f"{there[0]} is there from the time before: look at what is yours in it, and remove it.")
    return [kept for name in other if (kept := _replaced(shipped()[name], folder / name))]


def differing(source: Path, there: Path) -> list[str]:
    """The files of a source, by their paths in it, that are not there as they are in it."""
    files = [file for file in source.rglob("*") if file.is_file()] if source.is_dir() else [source]
    pairs = {str(file.relative_to(source)): there / file.relative_to(source) for file in files if not _hidden(file)}
    return sorted(
        name
        for name, other in pairs.items()
        if not other.is_file() or not filecmp.cmp(source / name, other, shallow=False)
    )


def _hidden(file: Path) -> bool:
    return file.name.startswith(".")


def _before(path: Path) -> Path:
    return path.with_name(f"{path.name}.before")


def _replaced(source: Path, there: Path) -> Path | None:
    """Copies the source there; where what lay there lies now, None: nothing did."""
    before = _before(there)
    with written_aside(there) as aside:
        copy(source, aside)
        if not there.exists():
            return None
        there.rename(before)
    return before
