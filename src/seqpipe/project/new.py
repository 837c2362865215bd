"""Making the folder of a new project."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

from seqpipe import __version__
from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.project.template import OWN, shipped
from seqpipe.tracking.project import check_path

LEFT_ALONE = {".git"}
"""What may lie in the folder of a new project: who begins with an empty repository keeps it."""
FILLED_IN = {"README.md": "README.md", "gitignore": ".gitignore", "pyproject.in": "pyproject.toml"}
"""Files of the template, each with its name in a project: tools would take the latter two for the repository's own."""


def new_project(folder: Path) -> None:
    """Makes a project of a folder that is not there, or empty.

    Raises:
        UserError: Something lies there, or Kedro could not read such a path.
    """
    folder = folder.resolve()
    check_path(folder)
    _check_free(folder)
    with nullcontext(folder) if folder.exists() else written_aside(folder) as place:
        _write(place, folder.name)


def _write(place: Path, name: str) -> None:
    for shipped_name, source in shipped().items():
        copy(source, place / shipped_name)
    # Kedro asks for a folder of sources; the package itself is installed.
    for empty in ("src", "conf/local"):
        (place / empty).mkdir()
        (place / empty / ".gitkeep").touch()
    (place / ".telemetry").write_text("consent: false\n", encoding="utf-8")
    for own, there in FILLED_IN.items():
        text = _filled_in((OWN / own).read_text(encoding="utf-8"), name)
        (place / there).write_text(text, encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    """Copies a file or folder of the template, without what lies hidden in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))
    else:
        shutil.copy(source, target)


def _check_free(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: name a folder that does not exist, or is empty.")
    there = sorted({path.name for path in folder.iterdir()} - LEFT_ALONE) if folder.exists() else []
    if there:
        raise UserError(
            f"{folder} is not empty (it holds {there[0]}{', ...' * (len(there) > 1)}): name a folder that does "
            "not exist, or is empty."
        )


def _filled_in(text: str, name: str) -> str:
    """The text with the facts of this project."""
    facts = {
        "project": name,
        "project_as_toml": json.dumps(name, ensure_ascii=False),
        "kedro": version("kedro"),
        "seqpipe": __version__,
    }
    for fact, value in facts.items():
        text = text.replace(f"{{{{ {fact} }}}}", value)
    return text
