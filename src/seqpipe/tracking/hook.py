"""The one hook that sends what a run does to MLflow.

A catalog entry says in its metadata what it is to MLflow, and in which child run it belongs:

    metadata:
      mlflow: {log: history, run: svm}

Nodes return plain values; this module and ``records`` are all that knows MLflow.
"""

from __future__ import annotations

import atexit
import logging
import os
from pathlib import Path
from typing import Any

from filelock import FileLock
from kedro.framework.hooks import hook_impl
from pydantic import Field

from seqpipe.config import Stage, flat
from seqpipe.tracking import provenance
from seqpipe.tracking.planned import (
    entry_lineage,
    given_parameters,
    lineage_tags,
    lineages_on_disk,
    planned,
    run_title,
)

logger = logging.getLogger(__name__)

DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
SQLITE = "sqlite:///"
# How long a writer waits for another one: sqlite lets in one at a time.
BUSY_TIMEOUT_S = 120


class MlflowConfig(Stage):
    """``conf/*/mlflow.yml``."""

    tracking_uri: str | None = Field(description="An MLflow server or database; null: an sqlite file in the project.")
    experiment: str = Field(min_length=1, description="The MLflow experiment that takes the runs.")


class TrackingHook:
    """One MLflow run a ``kedro run``, one child run a model, one grandchild a trial."""

    def __init__(self) -> None:
        self._runs: dict[str | None, str] = {}
        self._dprime: Any = None
        self._catalog: Any = None

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Reads where runs are remembered, and what decides this one."""
        self._project: Path = context.project_path
        self._config = MlflowConfig.model_validate(context.config_loader["mlflow"])
        self._nested = context.config_loader["parameters"]
        self._parameters = flat(self._nested)
        given = flat(given_parameters(context))
        # What the name says already, and in words.
        told = {"corpus.path", "backbone.name", "backbone.weights"}
        self._given = [f"{name}={value}" for name, value in given.items() if name not in told]

    @hook_impl
    def after_catalog_created(self, catalog: Any) -> None:
        self._catalog = catalog

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any) -> None:
        """Starts the parent run, with everything one needs to do it again."""
        pipeline = planned(pipeline, self._catalog, run_params)
        if not pipeline.nodes:
            return
        on_disk = lineages_on_disk(pipeline, self._catalog)
        connect(self._config, self._project)
        import mlflow

        from seqpipe.tracking import records

        if any("train" in node.tags for node in pipeline.nodes):
            records.survey_packages()
        self._runs, self._dprime = {}, None
        used = {name.removeprefix("params:") for name in pipeline.inputs() if name.startswith("params:")} | {"runtime"}
        # What no node of this run reads has decided nothing: a run from the middle does not claim it.
        used_parameters = {name: value for name, value in self._parameters.items() if name.split(".")[0] in used}
        name = ", ".join([*run_title(pipeline, self._nested, on_disk), *self._given])
        tags = {key: value for lineage in on_disk for key, value in lineage_tags(lineage).items()}
        run = mlflow.start_run(run_name=name, tags=tags | self._tags(run_params))
        self._runs[None] = run.info.run_id
        mlflow.log_params(used_parameters)
        # Before MLflow's own handler, which would call an interrupted run finished.
        atexit.register(self._end, "KILLED")

    def _tags(self, run_params: dict[str, Any]) -> dict[str, str]:
        import torch

        device = self._parameters["runtime.device"]
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        name = torch.cuda.get_device_name() if device.startswith("cuda") else f"{torch.get_num_threads()} threads"
        return {
            "command": provenance.command(),
            "device": f"{device} ({name})",
            "seed": str(self._parameters["runtime.seed"]),
            "kedro.pipeline": ",".join(run_params["pipeline_names"] or ["__default__"]),
            **provenance.git_state(self._project),
            **provenance.versions(),
        }

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Remembers D' where a run begins after it was built."""
        if self._how(dataset_name).get("log") == "dataset":
            self._note_dataset(data)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Sends an output to MLflow as its catalog entry says."""
        self._tag_lineage(dataset_name)
        how = self._how(dataset_name)
        if not how:
            return
        if how["log"] == "dataset":
            self._note_dataset(data)
            return
        from seqpipe.tracking import records

        run_id = self._run_of(how.get("run"))
        path = self._catalog.get(dataset_name).path
        records.LOGGERS[how["log"]](records.Record(run_id, dataset_name, data, path, self._dprime))

    def _tag_lineage(self, dataset_name: str) -> None:
        tags = lineage_tags(entry_lineage(self._catalog, dataset_name)) if None in self._runs else {}
        if tags:
            import mlflow

            mlflow.set_tags(tags)

    def _how(self, dataset_name: str) -> dict[str, str]:
        if dataset_name.startswith(("params:", "parameters")) or None not in self._runs:
            return {}
        metadata = getattr(self._catalog.get(dataset_name), "metadata", None) or {}
        return metadata.get("mlflow", {})

    def _note_dataset(self, dprime: Any) -> None:
        if self._dprime is None:
            from seqpipe.tracking import records

            self._dprime = dprime
            records.log_dprime(self._runs[None], dprime)

    def _run_of(self, model: str | None) -> str:
        """The run's id, or a model's child run, begun when it is first needed."""
        if model not in self._runs:
            from seqpipe.tracking import records

            own = {k: v for k, v in self._parameters.items() if k.split(".")[0] in (model, "runtime")}
            self._runs[model] = records.start_child(self._runs[None], str(model), own)
            if self._dprime is not None:
                records.log_dprime(self._runs[model], self._dprime)
        return self._runs[model]

    @hook_impl
    def after_pipeline_run(self) -> None:
        self._end("FINISHED")

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        if self._runs:
            import mlflow

            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:4000])
        self._end("FAILED")

    def _end(self, status: str) -> None:
        if not self._runs:
            return
        import mlflow

        parent = self._runs.pop(None)
        client = mlflow.MlflowClient()
        for child in self._runs.values():
            client.set_terminated(child, status)
        self._runs = {}
        mlflow.end_run(status)
        logger.debug("MLflow run %s ended as %s", parent, status)
        atexit.unregister(self._end)


def tracking_uri(config: MlflowConfig, project: Path) -> str:
    """Where runs are remembered: an absolute URI, whatever folder the command was typed in."""
    uri = config.tracking_uri or f"{SQLITE}{project / DATABASE}"
    patient = "timeout=" in uri or not uri.startswith(SQLITE)
    return uri if patient else f"{uri}{'&' if '?' in uri else '?'}timeout={BUSY_TIMEOUT_S}"


def _set_up_lock(uri: str, project: Path) -> Path:
    """What runs that may both set up a database hold in turn: beside it, where other projects find it too."""
    database = Path(uri.removeprefix(SQLITE).partition("?")[0]) if uri.startswith(SQLITE) else project / DATABASE
    return database.with_name(f"{database.name}.lock")


def connect(config: MlflowConfig, project: Path) -> str:
    """Sets MLflow's tracking URI and experiment, both made on first use; returns the experiment's id."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # Nothing of a run leaves the machine unasked.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    # MLflow sets its own level when it is imported; how it lays out its tables is not the user's.
    for library in ("mlflow", "alembic"):
        logging.getLogger(library).setLevel(logging.ERROR)
    uri = tracking_uri(config, project)
    mlflow.set_tracking_uri(uri)
    # Two runs at once must not both create the tables or the experiment.
    with FileLock(_set_up_lock(uri, project)):
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(config.experiment)
        if experiment is None:
            local = uri.startswith(SQLITE)
            client.create_experiment(config.experiment, (project / ARTIFACTS).as_uri() if local else None)
        elif experiment.lifecycle_stage == "deleted":
            logger.info("The MLflow experiment %r had been deleted; it is restored.", config.experiment)
            client.restore_experiment(experiment.experiment_id)
    return str(mlflow.set_experiment(config.experiment).experiment_id)
