"""What can be known to be wrong before the first node runs.

The checks of a pipeline lie beside its nodes, in ``checks.py``, as functions in ``CHECKS``. A check takes parameters
by their names, ``modality`` where it asks what the samples of the run are, ``by_backbone`` where it asks whether a
backbone reads these, or pictures that are made of them, and raises a UserError:

    def check_corpus(corpus: CorpusConfig) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqpipe.config import RuntimeConfig
from seqpipe.modalities.registry import modality_parameters, read_by_backbone
from seqpipe.models.registry import MODELS, check_model
from seqpipe.tasks.registry import TASKS, check_task
from seqpipe.tracking.planned import groups_read, lineages_on_disk, planned, with_modality_on_disk

Check = Callable[..., None]
MODALITY, BY_BACKBONE = "modality", "by_backbone"
"""What a check may ask for that is no group of parameters: what the samples of the run are, and whether a backbone
reads them."""


class CheckHook:
    """Runs the checks beside the pipelines of a run."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Any) -> None:
        """Of parameters that no node of this run reads nothing is checked: they decide nothing."""
        pipeline = planned(pipeline, catalog, run_params)
        check_added(pipeline.nodes)
        named = {name: _as_written(catalog, name) for name in ("corpus", *modality_parameters())}
        parameters = with_modality_on_disk(named, pipeline, lineages_on_disk(pipeline, catalog))
        read = set[str]().union(*(groups_read(node, parameters) for node in pipeline.nodes))
        modality = parameters["corpus"]["modality"]
        told = {MODALITY: modality, BY_BACKBONE: read_by_backbone(modality, parameters)}
        for check in (check_device, *checks_beside(pipeline.nodes)):
            taken = set(inspect.signature(check).parameters)
            if read.issuperset(taken - set(told)):
                loaded = {name: catalog.load(f"params:{name}") for name in taken - set(told)}
                check(**loaded, **{name: told[name] for name in taken & set(told)})


def _as_written(catalog: Any, name: str) -> dict[str, Any]:
    """A group of parameters; Kedro leaves one that no node of the named pipelines takes as it is written."""
    group = catalog.load(f"params:{name}")
    return group if isinstance(group, dict) else dict(group.model_dump())


def check_added(nodes: Iterable[Node]) -> None:
    """Raises a UserError where a task or model of another package, which these nodes ask, is not what it has to be."""
    fixed = [getattr(node.func, "fixed", {}) for node in nodes]
    for task in {of["task"]: None for of in fixed if "task" in of}:
        if TASKS.of_another_package(task):
            from seqpipe.evaluation.base import evaluation_of

            check_task(task)
            evaluation_of(task)
    for model in {of["model"]: None for of in fixed if "model" in of}:
        if MODELS.of_another_package(model):
            check_model(model)


def check_device(runtime: RuntimeConfig) -> None:
    """Raises a UserError where the machine has no such device."""
    from seqpipe.runtime.devices import resolve_device

    resolve_device(runtime)


def checks_beside(nodes: Iterable[Node]) -> Iterator[Check]:
    """The checks of the pipelines that these nodes are of, each once, in the order of the nodes."""
    rooms = dict.fromkeys(room for node in nodes for room in _rooms(node))
    beside = (import_module(f"{room}.checks").CHECKS for room in rooms if find_spec(f"{room}.checks"))
    yield from dict.fromkeys(chain.from_iterable(beside))


def _rooms(node: Node) -> list[str]:
    """The package that the node's function is written in, and that of the model it trains, where it has one."""
    model = getattr(node.func, "fixed", {}).get("model")
    rooms = [str(getattr(node.func, "__module__", "")).rpartition(".")[0], f"{__package__}.{model}"]
    return [room for room in rooms if room and find_spec(room)]
