"""The MLflow loggers: how each kind of output is recorded.

A kind is one entry in ``LOGGERS``: a catalog entry names it in its metadata (``log: <kind>``).
"""

from __future__ import annotations

import math
import re
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
from mlflow.types import Schema, TensorSpec
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from seqpipe.evaluation.results import EXPORTS, PREDICTIONS
from seqpipe.models.registry import model_entry
from seqpipe.tracking.compat import dataset_entity, log_pyfunc
from seqpipe.tracking.provenance import versions
from seqpipe.tracking.runs import begin_below
from seqpipe.tracking.stale import HOST_TAG, PROJECT_TAG

if TYPE_CHECKING:
    from mlflow.entities import Run

    from seqpipe.data.dataset import FeatureDataset

# MLflow takes at most so many metrics in one request, with names of at most so many characters.
METRICS_A_BATCH = 1000
LONGEST_NAME = 250


@dataclass(frozen=True)
class Record:
    """One output of a node on its way to MLflow."""

    run_id: str
    name: str
    data: Any
    path: Path
    dataset: Any


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


def log_model(record: Record) -> None:
    """The fitted model as an MLflow model: from what it reads to the probabilities of its classes."""
    signature, example = EXAMPLES[model_entry(record.data.kind).inputs](record)
    packages = {k.removeprefix("version."): v for k, v in versions().items()}
    # From code and data alone: nothing is pickled. MLflow advises type hints instead of the signature given here.
    with warnings.catch_warnings(action="ignore"):
        log_pyfunc(
            record.run_id,
            record.name.split(".")[0],
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={"model": str(record.path)},
            signature=signature,
            input_example=example,
            pip_requirements=[f"{name}=={number}" for name, number in packages.items() if name != "python"],
        )


def _of_features(record: Record) -> tuple[ModelSignature, Any]:
    """A clip of D': ``x`` and its ``mask``."""
    first = record.dataset.take(np.flatnonzero(record.dataset.splits == "train")[:1])
    example = {"x": first.x[:], "mask": first.mask}
    return mlflow.models.infer_signature(example, record.data.predict_proba(first)), example


def _of_frames(record: Record) -> tuple[ModelSignature, Any]:
    """Images of any height and width."""
    size = record.data.backbone.transforms.resize
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, 3))
    proba = TensorSpec(np.dtype(np.float64), (-1, len(record.data.class_names)))
    grey = np.full((1, size, size, 3), 128, np.uint8)
    return ModelSignature(Schema([images]), Schema([proba])), grey


EXAMPLES: dict[str, Callable[[Record], tuple[ModelSignature, Any]]] = {"features": _of_features, "frames": _of_frames}
"""By what a model reads: the signature of its record in MLflow, and an example of what it may be asked."""
LOGGERS: dict[str, Callable[[Record], None]] = {
    "metrics": log_metrics,
    "results": log_results,
    "history": log_history,
    "trials": log_trials,
    "leaderboard": log_leaderboard,
    "view": log_view,
    "artifact": log_artifact,
    "folder": log_folder,
    "grid": log_grid,
    "model": log_model,
}
