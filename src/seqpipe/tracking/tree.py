"""The runs of one ``kedro run``: a parent, and below it a child a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow

from seqpipe.tracking.loggers import LOGGERS, Record, log_dataset
from seqpipe.tracking.runs import begin, begin_below, log_parameters

if TYPE_CHECKING:
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.use.bundle import Bundle


class RunTree:
    """The run of a ``kedro run`` and its models' runs, each begun when it is first needed.

    Args:
        parameters: By their dotted names; a model's run is given those of the model and of ``runtime``.
        used: Those of them that the parent is given.
    """

    def __init__(
        self, experiment_id: str, name: str, tags: dict[str, str], parameters: dict[str, Any], used: dict[str, Any]
    ) -> None:
        self._client = mlflow.MlflowClient()
        self.experiment_id = experiment_id
        self._parameters = parameters
        self._children: dict[str, str] = {}
        self._dataset: FeatureDataset | None = None
        self._sent: set[str] = set()
        self.run_id = begin(experiment_id, name, tags)
        log_parameters(self.run_id, used)

    def note_dataset(self, dataset: FeatureDataset) -> None:
        """The first D' of the run is its input, and that of its models."""
        if self._dataset is None:
            self._dataset = dataset
            log_dataset(self.run_id, dataset)

    def log(
        self, how: dict[str, str], name: str, data: Any, path: Path, bundle: Callable[[], Bundle] | None = None
    ) -> None:
        """Sends an output as its catalog entry says: ``log`` is the kind of record, ``run`` the model.

        Samples are sent when they are made, or first read: once.
        """
        if how["log"] == "samples" and name in self._sent:
            return
        self._sent.add(name)
        run_id = self._child(how["run"]) if "run" in how else self.run_id
        LOGGERS[how["log"]](Record(run_id, name, data, path, self._dataset, bundle))

    def tag(self, tags: dict[str, str]) -> None:
        """Tags the parent."""
        for name, value in tags.items():
            self._client.set_tag(self.run_id, name, value)

    def end(self, status: str) -> None:
        """Ends them all, the parent last."""
        for run_id in (*self._children.values(), self.run_id):
            self._client.set_terminated(run_id, status)

    def _child(self, model: str) -> str:
        if model not in self._children:
            parent = self._client.get_run(self.run_id)
            inherited = [name for name in parent.data.tags if not name.startswith("mlflow.")]
            self._children[model] = begin_below(parent, model, inherited)
            of_model = {k: v for k, v in self._parameters.items() if k.split(".")[0] in (model, "runtime")}
            log_parameters(self._children[model], of_model)
            if self._dataset is not None:
                log_dataset(self._children[model], self._dataset)
        return self._children[model]
