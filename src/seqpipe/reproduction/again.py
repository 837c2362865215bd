"""The command that repeats a run, and the folder in which it runs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from seqpipe.core.errors import UserError
from seqpipe.reproduction.record import RunRecord, path_digest

TOLD_ANEW = ("KEDRO_", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT", "MLFLOW_RUN_ID")
"""How variables begin that the configuration of a repeated run says itself; logins and endpoints stay."""
CONFIGURATION = "reproduced_conf"
"""The folder of the configuration that a repeated run reads: what was merged, and nothing else."""
KNOWN_BY_CONTENT = ("feature_store", "probe_cache", "frame_cache", "source_cache")
"""Entries of the catalog that a warm repetition shares with the project: what they hold is asked by its content."""
LEFT_ON_DISK = "dataset_x"
"""How the entries are called in which x of a D' lies that is too large for memory."""


def write_configuration(
    folder: Path, parameters: Mapping[str, Any], catalog: Mapping[str, Any], tracking: Mapping[str, Any]
) -> Path:
    """Writes the merged configuration of a run into a new folder below ``folder``; returns it."""
    (folder / "src").mkdir(exist_ok=True)  # Kedro asks for it, also where all code is installed
    configuration = folder / CONFIGURATION
    (configuration / "base").mkdir(parents=True)
    (configuration / "local").mkdir()
    for name, values in (("parameters", parameters), ("catalog", catalog), ("mlflow", tracking)):
        text = yaml.safe_dump(dict(values), allow_unicode=True)
        (configuration / "base" / f"{name}.yml").write_text(text, encoding="utf-8")
    return configuration


def placed(parameters: Mapping[str, Any], record: RunRecord, cores: int) -> dict[str, Any]:
    """The parameters for another folder and perhaps another machine: paths are absolute, the threads as many.

    Args:
        parameters: As they were merged.
        record: Of the run.
        cores: Those that a process may use here: threads are told where they would be others by themselves.
    """
    own = deepcopy(dict(parameters))
    corpus = own["corpus"]["path"]
    if corpus is not None and not str(corpus).startswith("builtin:"):
        own["corpus"]["path"] = str(Path(record.project, Path(corpus).expanduser()))
    _absolute(own, record)
    if own["runtime"]["threads"] is None and record.threads < cores:
        own["runtime"]["threads"] = record.threads
    return own


def _absolute(values: Any, record: RunRecord) -> None:
    """Names files of weights by their whole paths, in place."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if key == "weights" and value in record.weights:
            values[key] = str(Path(record.project, Path(value).expanduser()))
        elif isinstance(value, dict | list):
            _absolute(value, record)


def shared(catalog: Mapping[str, Any], project: Path, record: RunRecord, cold: bool) -> dict[str, Any]:
    """The catalog for another folder; a warm repetition takes what is known by its content from the project's.

    So is what a D' that the run began with has left on disk.
    """
    own = deepcopy(dict(catalog))
    begun = [name for name in own if name.endswith(LEFT_ON_DISK) and name.removesuffix("_x") in record.begins_with]
    for name in [*(KNOWN_BY_CONTENT if not cold else ()), *begun]:
        if name in own:
            own[name]["filepath"] = str(Path(project, own[name]["filepath"]))
    return own


def check_within(folder: Path, catalog: Mapping[str, Any]) -> None:
    """Whatever the run writes lies in its own folder: links on the way to it are taken out of that.

    Args:
        folder: In which the run is repeated.
        catalog: What ``shared`` gave; what is shared is written by its content alone.

    Raises:
        UserError: The catalog names a path elsewhere, which the run would overwrite.
    """
    for name, entry in catalog.items():
        if name in KNOWN_BY_CONTENT or name.endswith(LEFT_ON_DISK):
            continue
        for path in (entry.get("filepath"), entry.get("fit")):
            if path is not None:
                _check_path(folder, name, Path(path))


def _check_path(folder: Path, name: str, path: Path) -> None:
    if path.is_absolute() or ".." in path.parts:
        raise UserError(
            f"The catalog of that run keeps `{name}` at {path}, outside of the project, where a repetition would "
            "overwrite it: give it a path within the project."
        )
    for above in [*reversed(path.parents), path]:
        if (folder / above).is_symlink():
            (folder / above).unlink()


def bring(record: RunRecord, project: Path, folder: Path) -> None:
    """Copies what the run began with from the project into the folder in which it is repeated.

    Raises:
        UserError: It has changed since.
    """
    for name, entry in record.begins_with.items():
        source = project / entry["path"]
        if path_digest(source) != entry["digest"]:
            raise UserError(
                f"The run began with `{name}` ({entry['path']}), which another run has written since: reproduce the "
                "run that made it, or run that one again first."
            )
        target = folder / entry["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)


def command(record: RunRecord, configuration: Path, given: str, python: str | None = None) -> list[str]:
    """``kedro run`` of the same pipelines and nodes, with the configuration of the record.

    Args:
        record: Of the run.
        configuration: What ``write_configuration`` gave.
        given: Parameters that a hand changes, as ``--params`` takes them; empty: none.
        python: The interpreter, of the environment in which it runs; None: this one.
    """
    told = [python or sys.executable, "-m", "kedro", "run", "--conf-source", str(configuration)]
    if record.pipelines != ("__default__",):
        told += ["--pipelines", ",".join(record.pipelines)]
    if record.nodes:
        told += ["--nodes", ",".join(record.nodes)]
    return told + (["--params", given] if given else [])


def variables(source: Path, told: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of the run that repeats: this process's, the checkout's code first.

    Args:
        source: The folder of the project's code in the checkout.
        told: More, by name.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith(TOLD_ANEW)}
    paths: Sequence[str] = [str(source), *filter(None, [own.get("PYTHONPATH")])]
    return own | {"PYTHONPATH": os.pathsep.join(paths), **told}
