"""The hook that sends what a run does to MLflow.

A catalog entry says in its metadata what it is to MLflow, and in which child run it belongs:

    metadata:
      mlflow: {log: history, run: svm}

Nodes return plain values; this room is all that knows MLflow.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline

from seqpipe.config import RuntimeConfig, flat
from seqpipe.tracking import provenance
from seqpipe.tracking.compat import given_parameters
from seqpipe.tracking.connect import connect, refused_in_a_sentence
from seqpipe.tracking.guard import INCOMPLETE_TAG, Guard, failure
from seqpipe.tracking.left import bundle_left
from seqpipe.tracking.planned import (
    entry_lineage,
    groups_read,
    lineage_tags,
    lineages_on_disk,
    planned,
    run_title,
    with_modality_on_disk,
)
from seqpipe.tracking.reproducing import reproduced, turn
from seqpipe.tracking.stale import end_dead_runs, whose
from seqpipe.tracking.store import Store, mlflow_config, store_of
from seqpipe.tracking.tags import BEST_TAG, REPRODUCES_TAG, TURN_TAG

if TYPE_CHECKING:
    from seqpipe.tracking.tree import RunTree

logger = logging.getLogger(__name__)


class TrackingHook:
    """One MLflow run a ``kedro run``, one child run a model, one grandchild a trial."""

    def __init__(self) -> None:
        # What is read before the run has its turn belongs to its thread; the rest to the run whose turn it is.
        self._read = threading.local()
        self._tree: RunTree | None = None

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Reads where runs are remembered, and what decides this one."""
        self._read.store = store_of(mlflow_config(context.config_loader["mlflow"]), context.project_path)
        self._read.nested = context.config_loader["parameters"]
        self._read.catalog = context.config_loader["catalog"]
        self._read.parameters = flat(self._read.nested)
        given = flat(given_parameters(context))
        # What the name says already, and in words.
        in_title = {"corpus.path", "backbone.name", "backbone.weights"}
        self._read.given = [f"{name}={value}" for name, value in given.items() if name not in in_title]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Ends what a killed run has left, and starts the parent run with everything one needs to do it again."""
        self._tree, self._catalog, self._registered = None, catalog, ""
        # Nodes may save from threads of their own.
        self._nested, self._store = self._read.nested, self._read.store
        pipeline = planned(pipeline, catalog, run_params)
        if not pipeline.nodes:
            return
        on_disk = lineages_on_disk(pipeline, catalog)
        nested = with_modality_on_disk(self._read.nested, pipeline, on_disk)
        tags = {key: value for lineage in on_disk for key, value in lineage_tags(lineage).items()}
        self._guard = Guard(self._read.store)
        store: Store = self._read.store
        experiment_id = connect(store)
        from seqpipe.tracking.tree import RunTree

        with refused_in_a_sentence(store):
            end_dead_runs(experiment_id, store)
            self._tree = RunTree(
                experiment_id,
                ", ".join([*run_title(pipeline, nested, on_disk), *self._read.given]),
                tags | self._tags(run_params) | whose(store),
                self._read.parameters,
                self._used(pipeline, nested),
            )
        # An interrupted run is no finished one.
        atexit.register(self._end, "KILLED")
        self._record(run_params, pipeline, catalog)

    def _record(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Writes down what decides the run, and begins to take down what it makes."""
        from kedro.framework.project import pipelines

        from seqpipe.tracking.recording import Stages, log_record, recorded

        tree, project = self._tree, self._read.store.project
        assert tree is not None, "the run has begun"
        named = run_params["pipeline_names"] or ["__default__"]
        whole = sum((pipelines.get(name, Pipeline([])) for name in named), Pipeline([]))
        record, patch = recorded(project, run_params, pipeline, whole, catalog, self._read.nested)
        self._guard(lambda: log_record(tree.run_id, record, patch.patch, self._read.nested, self._read.catalog))
        self._stages = Stages()

    def _used(self, pipeline: Any, nested: Mapping[str, Any]) -> dict[str, Any]:
        """What no node of this run reads has decided nothing: a run from the middle does not claim it."""
        used = {"runtime"}.union(*(groups_read(node, nested) for node in pipeline.nodes))
        return {name: value for name, value in self._read.parameters.items() if name.split(".")[0] in used}

    def _tags(self, run_params: dict[str, Any]) -> dict[str, str]:
        return {
            "command": provenance.command(),
            "device": provenance.device(RuntimeConfig.model_validate(self._read.nested["runtime"])),
            "seed": str(self._read.parameters["runtime.seed"]),
            **({REPRODUCES_TAG: reproduced(), TURN_TAG: turn()} if reproduced() else {}),
            "kedro.pipeline": ",".join(run_params["pipeline_names"] or ["__default__"]),
            **provenance.git_state(self._read.store.project),
            **provenance.versions(),
        }

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Remembers D' and its samples where a run begins after they were made."""
        if self._how(dataset_name).get("log") in ("dataset", "samples"):
            self._send(dataset_name, data)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Sends an output to MLflow as its catalog entry says, and takes down what was made."""
        self._tag_lineage(dataset_name)
        if self._tree is not None and hasattr(entry := self._catalog.get(dataset_name), "path"):
            self._stages.note(dataset_name, data, entry.path)
        self._send(dataset_name, data)

    def _tag_lineage(self, dataset_name: str) -> None:
        tree = self._tree
        tags = lineage_tags(entry_lineage(self._catalog, dataset_name)) if tree is not None else {}
        if tree is not None and tags:
            self._guard(lambda: tree.tag(tags))

    def _how(self, dataset_name: str) -> dict[str, str]:
        if dataset_name.startswith(("params:", "parameters")) or self._tree is None:
            return {}
        metadata = getattr(self._catalog.get(dataset_name), "metadata", None) or {}
        how: dict[str, str] = metadata.get("mlflow", {})
        return how

    def _send(self, dataset_name: str, data: Any) -> None:
        tree, how = self._tree, self._how(dataset_name)
        if tree is None or not how:
            return
        if how["log"] == "dataset":
            self._guard(lambda: tree.note_dataset(data))
        else:
            path = self._catalog.get(dataset_name).path
            bundle = partial(bundle_left, self._catalog, dataset_name, self._nested)
            self._guard(lambda: tree.log(how, dataset_name, data, path, bundle))
        if how["log"] == "leaderboard" and self._guard.lost is None and not reproduced():
            self._register(dataset_name, data)

    def _register(self, leaderboard: str, board: Any) -> None:
        """Makes the best on val a candidate; a registry that takes none is told, and costs the run nothing else."""
        import mlflow

        from seqpipe.tracking.registry import best_compared, register

        tree, store = self._tree, self._store
        assert tree is not None, "a leaderboard is sent by a run"
        best = best_compared(self._catalog, leaderboard, board, store.experiment, tree.run_id)

        def send() -> None:
            version = register(mlflow.MlflowClient(), tree.experiment_id, best)
            if version is None:
                logger.info("%s is not registered: it was trained before models were logged whole.", best.tags["model"])
                return
            tree.tag({BEST_TAG: best.tags["model"], "registered": f"{best.name} version {version.version}"})
            self._registered = f"{best.name} version {version.version}, {best.tags['model']}: the candidate"

        if (lost := failure(send)) is not None:
            logger.warning("The best on val, %s, is not registered in MLflow (%s).", best.tags["model"], lost)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Ends the run."""
        if self._tree is not None:
            tree = self._tree
            self._guard(lambda: self._stages.log(tree.run_id))
            self._end("FINISHED")
            if self._registered:
                logger.info("Registered: %s", self._registered)
            if self._guard.lost is None:
                logger.info("MLflow UI:  %s", self._read.store.seen_by)

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Ends the run, and says why it failed."""
        if self._tree is not None:
            tree = self._tree
            self._guard(lambda: tree.tag({"error": f"{type(error).__name__}: {error}"[:4000]}))
        self._end("FAILED")

    def _end(self, status: str) -> None:
        if self._tree is None:
            return
        tree, self._tree = self._tree, None
        atexit.unregister(self._end)
        if status != "KILLED":
            self._guard(lambda: tree.end(status))
        if self._guard.lost is not None:
            self._guard.at_last(lambda: tree.tag({INCOMPLETE_TAG: self._guard.lost or ""}))
        if self._guard.lost is not None or status == "KILLED":
            self._guard.at_last(lambda: tree.end(status))
        logger.debug("MLflow run %s ended as %s", tree.run_id, status)
