"""The MLflow loggers: how each kind of output is recorded.

A kind is one entry in ``LOGGERS``: a catalog entry names it in its metadata (``log: <kind>``).
"""

from __future__ import annotations

import json
import logging
import math
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
from mlflow.data.numpy_dataset import from_numpy
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import AnyType
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

import seqpipe
from seqpipe.core.errors import UserError
from seqpipe.evaluation.results import EXPORTS, PREDICTIONS, fit_digest
from seqpipe.models.persist import RECORD as MODEL_RECORD
from seqpipe.tracking.compat import dataset_entity, log_pyfunc
from seqpipe.tracking.provenance import requirements
from seqpipe.tracking.runs import begin_below
from seqpipe.tracking.stale import HOST_TAG, PROJECT_TAG
from seqpipe.tracking.tags import FIT_TAG
from seqpipe.use.bundle import Bundle, write_bundle

if TYPE_CHECKING:
    from mlflow.entities import Run

    from seqpipe.data.dataset import FeatureDataset

logger = logging.getLogger(__name__)

# MLflow takes at most so many metrics in one request, with names of at most so many characters.
METRICS_A_BATCH = 1000
LONGEST_NAME = 250
PACKAGE = Path(seqpipe.__file__).parent
"""Goes with every model: on the package index the name is another project's."""


@dataclass(frozen=True)
class Record:
    """One output of a node on its way to MLflow."""

    run_id: str
    name: str
    data: Any
    path: Path
    dataset: Any
    bundle: Callable[[], Bundle] | None = None


def log_dataset(run_id: str, dataset: FeatureDataset) -> None:
    """D' as the run's dataset input, by its own digest."""
    # One sample is enough for its schema; MLflow's digests have at most 36 characters, ours 32.
    of_mlflow = from_numpy(dataset.x[:1], targets=dataset.t[:1], name="dataset", digest=dataset.digest)
    used = DatasetInput(dataset_entity(of_mlflow), [InputTag(MLFLOW_DATASET_CONTEXT, "training")])
    client = mlflow.MlflowClient()
    client.log_inputs(run_id, [used])
    tags = {"dataset.digest": dataset.digest, "dataset.shape": str(dataset.x.shape)}
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])


def log_metrics(record: Record) -> None:
    """A flat dictionary of numbers; those that are not finite are left out."""
    now_ms = int(time.time() * 1000)
    numbers = {name: float(value) for name, value in record.data.items() if _is_number(value)}
    names = metric_names(numbers)
    _log_batches(record.run_id, (Metric(names[k], v, now_ms, 0) for k, v in numbers.items()))


def log_results(record: Record) -> None:
    """A model's metrics, its predictions, and what it exports."""
    log_metrics(replace(record, data=record.data.metrics))
    client = mlflow.MlflowClient()
    client.log_artifact(record.run_id, str(record.path / PREDICTIONS))
    if (record.path / EXPORTS).is_dir():
        client.log_artifacts(record.run_id, str(record.path / EXPORTS), EXPORTS)


def metric_names(names: Iterable[str]) -> dict[str, str]:
    """A name MLflow accepts for each name, no two the same.

    What is before the first slash is ours (``recall/``); what is behind it may be a class of the user's, where
    MLflow takes letters, digits and ``_-. :`` alone, and no path such as ``..``.
    """
    cleaned: dict[str, str] = {}
    for name in names:
        head, slash, tail = name.partition("/")
        own = re.sub(r"[^\w.\- :]", "_", tail)
        stem = head + slash + (own if own.strip(".") or not slash else f"_{own}")
        cleaned[name] = _unused(stem[:LONGEST_NAME], set(cleaned.values()))
    return cleaned


def _unused(name: str, used: set[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name[: LONGEST_NAME - 8]}_{number}"
    return free


def log_history(record: Record) -> None:
    """A table with an ``epoch`` column: every other number by epoch."""
    now_ms = int(time.time() * 1000)
    metrics = (
        Metric(name, float(row[name]), now_ms, int(row["epoch"]))
        for row in record.data.to_dict("records")
        for name in row
        if name != "epoch" and _is_number(row[name])
    )
    _log_batches(record.run_id, metrics)


def _log_batches(run_id: str, metrics: Iterable[Metric]) -> None:
    everything = list(metrics)
    client = mlflow.MlflowClient()
    for start in range(0, len(everything), METRICS_A_BATCH):
        client.log_batch(run_id, metrics=everything[start : start + METRICS_A_BATCH])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)


def log_trials(record: Record) -> None:
    """A table with a row a trial: each a run below the model's, ``param.*`` its parameters."""
    parent = mlflow.MlflowClient().get_run(record.run_id)
    for row in record.data.to_dict("records"):
        _log_trial(parent, row)


def _log_trial(parent: Run, row: dict[str, Any]) -> None:
    client = mlflow.MlflowClient()
    run_id = begin_below(parent, f"trial {row['trial']}", (PROJECT_TAG, HOST_TAG))
    now_ms = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(k, float(v), now_ms, 0) for k, v in row.items() if k != "trial" and _is_number(v)],
        params=[Param(k.removeprefix("param."), str(v)) for k, v in row.items() if k.startswith("param.")],
    )
    client.set_terminated(run_id)


def log_leaderboard(record: Record) -> None:
    """The table as an artifact, and each model's row as metrics of the parent: ``lstm/accuracy``."""
    log_artifact(record)
    rows = {row.pop("model"): row for row in record.data.to_dict("records")}
    flat = {f"{model}/{name}": value for model, row in rows.items() for name, value in row.items()}
    log_metrics(replace(record, data=flat))


def log_artifact(record: Record) -> None:
    """A file as it lies on disk."""
    mlflow.MlflowClient().log_artifact(record.run_id, str(record.path))


def log_folder(record: Record) -> None:
    """A folder of files under its own name."""
    mlflow.MlflowClient().log_artifacts(record.run_id, str(record.path), record.path.name)


def log_grid(record: Record) -> None:
    """The table as an artifact, and each row a run below: its words are parameters, its numbers metrics."""
    log_artifact(record)
    client = mlflow.MlflowClient()
    parent = client.get_run(record.run_id)
    for row in record.data.to_dict("records"):
        words = [str(row[name]) for name in ("solution", "backbone", "layer", "pool") if row[name]]
        run_id = begin_below(parent, ", ".join(words), (PROJECT_TAG, HOST_TAG))
        params = [Param(name, str(value)) for name, value in row.items() if not _is_number(value)]
        client.log_batch(run_id, params=params)
        log_metrics(replace(record, run_id=run_id, data=row))
        client.set_terminated(run_id)


def log_view(record: Record) -> None:
    """What the backbone reads of a frame, and why, as tags; of several backbones what each reads."""
    several = record.data if isinstance(record.data, list) else [record.data]
    if not all(hasattr(one, "transforms") for one in several):
        return  # what reads no pictures has no view
    views, reasons = zip(*((one.transforms.view, one.view_reason) for one in several), strict=True)
    told = {"backbone.view": views, "backbone.view_reason": reasons}
    tags = [RunTag(name, "; ".join(dict.fromkeys(values))) for name, values in told.items()]
    mlflow.MlflowClient().log_batch(record.run_id, tags=tags)


def log_fit(record: Record) -> None:
    """What is told of a fit as metrics, and the fitted model, of which all that it needs lies on disk by then."""
    log_metrics(record)
    client = mlflow.MlflowClient()
    client.set_tag(record.run_id, FIT_TAG, fit_digest(record.data))
    if record.bundle is None:
        return
    try:
        log_model(record.run_id, record.bundle())
    except UserError as error:
        logger.warning("MLflow is not given the model of %s: %s", record.name, error)


def log_model(run_id: str, bundle: Bundle) -> None:
    """The bundle as an MLflow model that answers to files: paths, or the bytes of videos and images."""
    record = json.loads((bundle.model / MODEL_RECORD).read_text(encoding="utf-8"))
    # From code and data alone: nothing is pickled. MLflow advises an example, which it would have decoded and answered.
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        write_bundle(bundle, Path(folder) / "bundle")
        log_pyfunc(
            run_id,
            bundle.model.name,
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={"bundle": str(Path(folder) / "bundle")},
            code_paths=[str(PACKAGE)],
            # One column whose values may be texts or bytes: MLflow has no type for the one or the other.
            signature=ModelSignature(Schema([ColSpec(AnyType())])),
            pip_requirements=requirements(),
            metadata={"class_names": record["class_names"], "task": record["task"]["name"], **bundle.trained},
        )


LOGGERS: dict[str, Callable[[Record], None]] = {
    "results": log_results,
    "history": log_history,
    "trials": log_trials,
    "leaderboard": log_leaderboard,
    "view": log_view,
    "artifact": log_artifact,
    "samples": log_artifact,
    "folder": log_folder,
    "grid": log_grid,
    "fit": log_fit,
}
