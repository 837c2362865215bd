"""A run writes down what decides it and what it makes, for whoever runs it again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import yaml

from seqpipe.config import RuntimeConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.reproduction.code import Uncommitted, top_folder, uncommitted
from seqpipe.reproduction.record import (
    CATALOG,
    PARAMETERS,
    PATCH,
    RunRecord,
    code_digest,
    installed_packages,
    listened_variables,
    path_digest,
    weights_named,
)
from seqpipe.reproduction.stages import FEATURES, StageDigest, features_table, stages_of, write_stages
from seqpipe.runtime.devices import resolve_device, usable_cores
from seqpipe.runtime.machine import machine_facts
from seqpipe.tracking.left import FIT, bundle_entries
from seqpipe.tracking.provenance import git_state

FOLDER = "record"
"""The folder of a run's artifacts in which its record lies."""
CACHE = "FolderDataset"
"""The kind of entry that is known by content: what it holds decides nothing."""


def recorded(
    project: Path, run_params: Mapping[str, Any], pipeline: Any, whole: Any, catalog: Any, parameters: Mapping[str, Any]
) -> tuple[RunRecord, Uncommitted]:
    """What decides a run that is about to begin, and what of its code is not committed.

    Args:
        project: Its folder.
        run_params: What Kedro tells its hooks of the command.
        pipeline: What will run.
        whole: All of the pipelines that the command names.
        catalog: The run's.
        parameters: The project's, nested.
    """
    state = git_state(project)
    dirty = state.get("git.dirty") == "true"
    patch = uncommitted(project) if dirty else Uncommitted(b"", "")
    runtime = RuntimeConfig.model_validate(parameters["runtime"])
    nodes = [str(node.name) for node in pipeline.nodes]
    record = RunRecord(
        pipelines=tuple(run_params["pipeline_names"] or ["__default__"]),
        nodes=() if len(nodes) == len(whole.nodes) else tuple(nodes),
        env=str(run_params["env"] or ""),
        project=str(project),
        commit=state.get("git.commit", ""),
        within=_within(project) if state else "",
        patched=bool(patch.patch),
        untold=patch.untold,
        threads=usable_cores(runtime),
        device=str(resolve_device(runtime)),
        machine=machine_facts(),
        variables=listened_variables(),
        packages=installed_packages(),
        code=code_digest(),
        begins_with=_begins_with(project, pipeline, catalog),
        weights=weights_named(parameters, project),
    )
    return record, patch


def _within(project: Path) -> str:
    return project.resolve().relative_to(top_folder(project).resolve()).as_posix()


def _begins_with(project: Path, pipeline: Any, catalog: Any) -> dict[str, dict[str, str]]:
    """What the run finds on disk, but for what is known by its content and what is not there.

    What the models that it trains are logged with is among it, though no node of it may read that.
    """
    made = set(pipeline.all_outputs())
    logged = {name for fit in made if fit.endswith(FIT) for name in bundle_entries(fit)}
    found = {}
    for name in sorted((set(pipeline.inputs()) | logged) - made):
        entry = None if name.startswith("params:") else catalog.get(name)
        if entry is None or type(entry).__name__ == CACHE:
            continue
        # A trained model has what is told of its fit beside it.
        for which, path in ((name, entry.path), (f"{name} (fit)", getattr(entry, "fit", None))):
            if path is not None and path.exists():
                found[which] = {"path": os.path.relpath(path, project), "digest": path_digest(path)}
    return found


def log_record(
    run_id: str, record: RunRecord, patch: bytes, parameters: Mapping[str, Any], catalog: Mapping[str, Any]
) -> None:
    """Sends the record: what decides the run, its merged parameters and catalog, its packages, and the patch."""
    with tempfile.TemporaryDirectory() as folder:
        record.write(Path(folder))
        for name, values in ((PARAMETERS, parameters), (CATALOG, catalog)):
            (Path(folder) / name).write_text(_yaml(values), encoding="utf-8")
        if patch:
            (Path(folder) / PATCH).write_bytes(patch)
        mlflow.MlflowClient().log_artifacts(run_id, folder, FOLDER)


def _yaml(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(_plain(values), allow_unicode=True, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


class Stages:
    """What a run makes, stage by stage, taken down as it is saved."""

    def __init__(self) -> None:
        self._stages: list[StageDigest] = []
        self._features: FeatureDataset | None = None

    def note(self, entry: str, data: Any, path: Path) -> None:
        """Takes down an output."""
        self._stages += stages_of(entry, data, path)
        if isinstance(data, FeatureDataset):
            self._features = data

    def log(self, run_id: str) -> None:
        """Sends what was made, and the digests of the features of each sample."""
        with tempfile.TemporaryDirectory() as folder:
            write_stages(self._stages, Path(folder))
            if self._features is not None:
                features_table(self._features).to_parquet(Path(folder) / FEATURES, index=False)
            mlflow.MlflowClient().log_artifacts(run_id, folder, FOLDER)
