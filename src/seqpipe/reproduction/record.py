"""All that decides a run, as it was when the run began."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import seqpipe
from seqpipe.core.errors import UserError

FILE, PARAMETERS, CATALOG, REQUIREMENTS, PATCH = (
    "record.json",
    "parameters.yml",
    "catalog.yml",
    "requirements.txt",
    "uncommitted.patch",
)
VERSION = 1
VARIABLES = ("ATEN_", "CUBLAS_", "CUDA_", "DNNL_", "KMP_", "MKL_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTHONHASHSEED")
"""How the names of environment variables begin that libraries which compute listen to."""
SET_ON_IMPORT = {"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
"""Those that a library sets itself when it is imported: they say when one has looked, and decide nothing."""
OF_OURSELVES = "seqpipe"


@dataclass(frozen=True)
class RunRecord:
    """What decides a run.

    Attributes:
        pipelines: Their names.
        nodes: Those that ran; empty: all of the pipelines.
        env: The environment of Kedro's configuration.
        project: The folder of the project.
        commit: Of the project's git repository; empty: it is in none.
        within: Where in the repository the project lies.
        patched: Whether something was not committed: the patch is beside the record.
        untold: Why the patch is not there; empty: it is, or there is none.
        threads: On how many a run computes.
        device: What it computes on.
        machine: Facts of the machine, by name.
        variables: Environment variables that libraries listen to.
        packages: The version of every installed package, and of ``python``.
        code: The digest of seqpipe's own files.
        begins_with: By the name of its entry, where the run's inputs lie that it found on disk (``path``, within the
            project), and their digest.
        weights: The digests of the files of weights that the parameters name, by their paths.
    """

    pipelines: tuple[str, ...]
    nodes: tuple[str, ...]
    env: str
    project: str
    commit: str
    within: str
    patched: bool
    untold: str
    threads: int
    device: str
    machine: Mapping[str, str]
    variables: Mapping[str, str]
    packages: Mapping[str, str]
    code: str
    begins_with: Mapping[str, Mapping[str, str]]
    weights: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Writes ``record.json``, and the packages as pip takes them (``requirements.txt``)."""
        text = json.dumps({"version": VERSION, **asdict(self)}, indent=2)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")
        (folder / REQUIREMENTS).write_text(requirements_text(self.packages), encoding="utf-8")


def read_record(folder: Path) -> RunRecord:
    """Reads what ``RunRecord.write`` wrote.

    Raises:
        UserError: There is none, or one of another version.
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError("This run has no record of what decided it: an earlier version of seqpipe ran it.") from None
    if told.pop("version", None) != VERSION:
        raise UserError("The record of this run was written by another version of seqpipe: reproduce it with that one.")
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return RunRecord(**lists)


@cache
def installed_packages() -> dict[str, str]:
    """The version of every installed package by its name in lower case, and of ``python``."""
    found: dict[str, str] = {}
    for one in distributions():  # the first of a name is the one that is imported
        found.setdefault(str(one.metadata["Name"]).lower().replace("_", "-"), str(one.version))
    return dict(sorted({**found, "python": platform.python_version()}.items()))


def requirements_text(packages: Mapping[str, str]) -> str:
    """A line a package, as pip takes it; Python and seqpipe itself are told in comments."""
    told = {OF_OURSELVES, "python"}
    lines = [f"# {name} {packages[name]}" for name in sorted(told & set(packages))]
    lines += [f"{name}=={number.partition('+')[0]}" for name, number in sorted(packages.items()) if name not in told]
    return "\n".join(lines) + "\n"


def listened_variables(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment variables that libraries which compute listen to."""
    heard = {name for name in variables if name.startswith(VARIABLES)} - SET_ON_IMPORT
    return {name: variables[name] for name in sorted(heard)}


@cache
def code_digest(package: Path = Path(seqpipe.__file__).parent) -> str:
    """SHA-256 (32 digits) of the package's own files, by their names."""
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:32]


def path_digest(path: Path) -> str:
    """SHA-256 (32 digits) of a file, or of a folder's files and their names; empty where nothing is there."""
    if not path.exists():
        return ""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()}\0".encode())
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:32]


def weights_named(parameters: Mapping[str, Any], project: Path) -> dict[str, str]:
    """The digests of the files of weights that the parameters name, by what they are called there."""
    named = [value for key, value in _leaves(parameters) if key == "weights" and isinstance(value, str)]
    files = {name: Path(project, Path(name).expanduser()) for name in named}
    return {name: path_digest(file) for name, file in files.items() if file.is_file()}


def _leaves(values: Any, key: str = "") -> list[tuple[str, Any]]:
    if isinstance(values, Mapping):
        return [leaf for name, value in values.items() for leaf in _leaves(value, str(name))]
    if isinstance(values, list | tuple):
        return [leaf for value in values for leaf in _leaves(value, key)]
    return [(key, values)]
