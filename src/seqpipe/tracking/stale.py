"""Runs whose process is dead: the next run of the project ends them."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from seqpipe.tracking.store import Store

logger = logging.getLogger(__name__)

PROJECT_TAG = "seqpipe.project"
HOST_TAG = "seqpipe.host"


def whose(store: Store) -> dict[str, str]:
    """The tags by which a run is known as one of this project."""
    return {PROJECT_TAG: str(store.project), HOST_TAG: socket.gethostname()}


def end_dead_runs(experiment_id: str, store: Store) -> None:
    """Ends as KILLED what a run of this project that was killed has left RUNNING: itself, its models, their trials.

    To be called under the project's lock: none of its runs is alive but the one that calls. Runs of other projects
    that share a database are left alone.
    """
    from mlflow import MlflowClient

    client = MlflowClient()
    dead = [run for run in _running(client, experiment_id) if _of(run, store)]
    for run in dead:
        client.set_terminated(run.info.run_id, "KILLED")
    if dead:
        logger.info("MLflow: %d runs that an earlier process left unfinished are ended as KILLED.", len(dead))


def _of(run: Run, store: Store) -> bool:
    tags, ours = run.data.tags, whose(store)
    # In a database of the project's own the host tells nothing: containers have a new one each time.
    return tags.get(PROJECT_TAG) == ours[PROJECT_TAG] and (store.in_project or tags.get(HOST_TAG) == ours[HOST_TAG])


def _running(client: MlflowClient, experiment_id: str) -> list[Run]:
    runs: list[Run] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], "attributes.status = 'RUNNING'", page_token=token)
        runs += page
        token = page.token
        if not token:
            return runs
