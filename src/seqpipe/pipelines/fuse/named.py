"""Which models are meant by what a user names, and what they have answered."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqpipe.config import FuseConfig
from seqpipe.core.errors import UserError, unknown_name

if TYPE_CHECKING:
    from seqpipe.fusion.answers import Answers

OUTPUTS = "data/07_model_output"


class Named(NamedTuple):
    """What a user names: where the answers lie, or the run of MLflow that left them."""

    folder: Path | None
    run: str


def both_named(fuse: FuseConfig, outputs: Path) -> tuple[Named, Named]:
    """The two models that are meant; ``outputs`` is this project's folder of what models have answered.

    Raises:
        UserError: There is no such model or folder, or both are one and the same.
    """
    best = _by_val(outputs.parent) if None in (fuse.first, fuse.second) else []
    first = _named(fuse.first or best[0], outputs)
    others = [name for name in best if outputs / name != first.folder]
    if fuse.second is None and not others:
        raise UserError("Of the D' here there is one model alone: name another one by fuse.second.")
    second = _named(fuse.second or others[0], outputs)
    if first == second:
        raise UserError(
            f"fuse.first and fuse.second are one model ({first.run or first.folder}): name two, or leave fuse.second "
            "out."
        )
    return first, second


def _by_val(data: Path) -> list[str]:
    """The models of the D' that lies in a project, the best on val first."""
    from seqpipe.use.best import by_val

    return by_val(data)


def _named(name: str, outputs: Path) -> Named:
    from seqpipe.evaluation.results import PREDICTIONS
    from seqpipe.tracking.answers import is_run

    if is_run(name):
        return Named(None, name)
    path = Path(name).expanduser()
    if (path / OUTPUTS).is_dir():
        return Named((path / OUTPUTS / _by_val(path / "data")[0]).absolute(), "")
    for folder in (outputs / name, path):
        if (folder / PREDICTIONS).exists():
            return Named(folder.absolute(), "")
    known = sorted(file.parent.name for file in outputs.glob(f"*/{PREDICTIONS}"))
    raise unknown_name("model", name, [*known, "<a project's folder>", "<the id of a run>"])


def answers_of(named: Named) -> Answers:
    """What the model has answered; a run's is fetched from MLflow.

    Raises:
        UserError: It is not there, or not whole.
    """
    from seqpipe.fusion.answers import read_answers
    from seqpipe.tracking.answers import fetch_answers

    if named.folder is not None:
        return read_answers(named.folder, str(named.folder))
    with tempfile.TemporaryDirectory() as folder:
        fetch_answers(named.run, Path(folder))
        return read_answers(Path(folder), f"run {named.run}")
