"""Begins runs of MLflow, below another or above all."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.entities import Param
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from seqpipe.tracking.compat import with_context_tags

if TYPE_CHECKING:
    from mlflow.entities import Run

# MLflow takes at most so many parameters in one request.
PARAMS_A_BATCH = 100


def begin(experiment_id: str, name: str, tags: dict[str, str]) -> str:
    """Begins a run with these tags and those of who runs it and from where; returns its id.

    By MLflow's client: the calls that know an active run would take that of the program around this one, and know
    none in another thread.
    """
    run = mlflow.MlflowClient().create_run(experiment_id, run_name=name, tags=with_context_tags(tags))
    return str(run.info.run_id)


def begin_below(parent: Run, name: str, inherited: Collection[str]) -> str:
    """Begins a run below ``parent`` with those of its tags that are ``inherited``; returns its id."""
    tags = {key: value for key, value in parent.data.tags.items() if key in inherited}
    tags |= {MLFLOW_PARENT_RUN_ID: parent.info.run_id, "mlflow.runName": name}
    return str(mlflow.MlflowClient().create_run(parent.info.experiment_id, tags=tags).info.run_id)


def log_parameters(run_id: str, parameters: dict[str, Any]) -> None:
    """Logs parameters as text."""
    params = [Param(name, str(value)) for name, value in parameters.items()]
    for start in range(0, len(params), PARAMS_A_BATCH):
        mlflow.MlflowClient().log_batch(run_id, params=params[start : start + PARAMS_A_BATCH])
