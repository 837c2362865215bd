"""What a run is going to do, known before its first node: which nodes, reading which parameters, on which data."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqpipe.config import INHERITED, StreamConfig, flat
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, check_agree
from seqpipe.media.embedded.registry import EMBEDDED, corpus_words, embedded_name, modality_of_default
from seqpipe.modalities.registry import BACKBONE, PICTURES, READ_BY, modality_parameters, read_by_backbone
from seqpipe.models.registry import MODELS
from seqpipe.tasks.registry import TASKS
from seqpipe.tracking.compat import given_parameters, nodes_with_missing_outputs

PARAMETER, DEFAULT = "params:", "__default__"
LISTS_SAMPLES = "list_samples"
LOADS_BACKBONES = {"load_backbone", "load_backbones"}
ALWAYS_READ = {"runtime"}
"""Groups of parameters that every run looks at, whatever its nodes."""
READERS = {
    "corpus.path": {"list_samples"},
    "corpus.layout": {"list_samples"},
    "corpus.modality": {"list_samples"},
    "features.layer": {"extract_features"},
    "features.pool": {"extract_features"},
}
"""Parameters that only these of the nodes look at which are given their group."""
COMPILED = "features.compile"
STREAMS = {f"{group}.{name}" for group in ("clip", "frame_labels") for name in StreamConfig.model_fields}
OF_BACKBONES = {"backbone", "source"}
OF_LAYERS = {COMPILED, *(f"features.{name}" for name in ("layer", "pool", "precision", "batch_size")), *STREAMS}
"""Groups of parameters, and parameters, that say how a backbone reads, and nothing where none does."""
READS_ONE = {("probe_samples", group): f"{group}.stream" for group in ("clip", "frame_labels")}
"""Nodes that look at one parameter of a group that they are given."""


class PlannedHook:
    """Refuses parameters that the run does not read."""

    def __init__(self) -> None:
        # What is read before the run has its turn belongs to its thread.
        self._read = threading.local()

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Takes down what the command line gives, and what is the case with it."""
        self._read.given = given_parameters(context)
        self._read.parameters = context.config_loader["parameters"]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Looks before anything is read, run or written."""
        run = planned(pipeline, catalog, run_params)
        parameters = with_modality_on_disk(self._read.parameters, run, lineages_on_disk(run, catalog))
        check_given(self._read.given, run, run_params, pipelines, parameters)


class ThereHook:
    """Refuses a run that begins with what is not there; whoever waited for another run asks after that one's end."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Looks before anything is written."""
        check_there(planned(pipeline, catalog, run_params), catalog)


def check_there(run: Pipeline, catalog: Any) -> None:
    """Raises a UserError where something that the run begins with is not there yet."""
    for name in sorted(run.inputs()):
        if not name.startswith(PARAMETER) and hasattr(entry := catalog.get(name), "check_there"):
            entry.check_there()


def planned(pipeline: Pipeline, catalog: Any, run_params: Mapping[str, Any]) -> Pipeline:
    """The nodes that will run: with ``--only-missing-outputs`` those that Kedro's runner will leave."""
    if not run_params.get("only_missing_outputs"):
        return pipeline
    return nodes_with_missing_outputs(pipeline, catalog)


def check_given(
    given: Mapping[str, Any],
    run: Pipeline,
    run_params: Mapping[str, Any],
    known: Mapping[str, Pipeline],
    parameters: Mapping[str, Any],
) -> None:
    """Every parameter of the command line is read by a node of the run.

    Args:
        given: What ``--params`` gave, nested.
        run: What ``planned`` gave.
        run_params: What Kedro tells its hooks of the command.
        known: All pipelines by name.
        parameters: All parameters, nested, with the modality that the run's samples are of.

    Raises:
        UserError: Names those that would decide nothing, and the command that reads them.
    """
    unread = [name for name in flat(dict(given)) if not _is_read(name, run, parameters)]
    if unread:
        raise UserError(
            " ".join(f"{name} is given, but {_advice(name, run_params, known, parameters)}" for name in unread)
        )


def _is_read(name: str, run: Pipeline, parameters: Mapping[str, Any]) -> bool:
    return name.split(".")[0] in ALWAYS_READ or any(_readers(name, run, parameters))


def _readers(name: str, pipeline: Pipeline, parameters: Mapping[str, Any]) -> Iterator[Node]:
    group = name.split(".")[0]
    if name in _of_no_layer(parameters):
        return
    model = _of_model(name)
    for node in pipeline.nodes:
        if model is not None and getattr(node.func, "fixed", {}).get("model") != model:
            continue
        called = short_name(node)
        looked_at = called in READERS.get(name, {called}) and READS_ONE.get((called, group), name) == name
        if looked_at and group in groups_read(node, parameters):
            yield node


def _of_model(name: str) -> str | None:
    """The model whose parameters a task has under its own name, ``<task>.<model>.<parameter>``; None: no model's."""
    task, model, *_ = [*name.split("."), ""]
    return model if task in TASKS and TASKS[task].own_block(model) and model in MODELS else None


def groups_read(node: Node, parameters: Mapping[str, Any]) -> set[str]:
    """The groups of parameters that a node reads: of embedded corpora and modalities those that the corpus is of.

    What a group takes its parameters from is read with it.
    """
    given = {name.removeprefix(PARAMETER) for name in node.inputs if name.startswith(PARAMETER)}
    given |= {INHERITED[group] for group in given & set(INHERITED)}
    listed = embedded_name(parameters["corpus"]["path"], default_corpus(node))
    modality = _modality(parameters)
    others = (set(EMBEDDED) - {listed}) | (set(modality_parameters()) - {modality})
    return given - others - (set() if read_by_backbone(modality, parameters) else OF_BACKBONES)


def _of_no_layer(parameters: Mapping[str, Any]) -> set[str]:
    """The parameters of layers that decide nothing for the modality."""
    modality = _modality(parameters)
    if modality == PICTURES:
        return set()
    return {COMPILED, *STREAMS} if read_by_backbone(modality, parameters) else OF_LAYERS


def with_modality_on_disk(
    parameters: Mapping[str, Any], run: Pipeline, on_disk: Sequence[Lineage]
) -> Mapping[str, Any]:
    """The parameters with the modality of the samples that the run begins with, or of the corpus that it lists.

    Arguments as of ``run_title``.
    """
    modalities = {of["corpus"]["modality"] for of in on_disk if "modality" in of.get("corpus", {})}
    defaults = [default_corpus(node) for node in run.nodes if short_name(node) == LISTS_SAMPLES]
    if defaults:
        modalities = {modality_of_default(_modality(parameters), default) for default in defaults}
    if len(modalities) != 1:
        return parameters
    return {**parameters, "corpus": {**parameters["corpus"], "modality": modalities.pop()}}


def _modality(parameters: Mapping[str, Any]) -> str:
    return str(parameters["corpus"].get("modality", PICTURES))


def default_corpus(node: Node) -> str:
    """The embedded corpus that a node lists where no path is given: a tag of the node; empty where it lists none."""
    return next((name for name in EMBEDDED if name in node.tags), "")


def short_name(node: Node) -> str:
    """A node's name without its namespace."""
    return str(node.name).rpartition(".")[2]


def _advice(
    name: str, run_params: Mapping[str, Any], known: Mapping[str, Pipeline], parameters: Mapping[str, Any]
) -> str:
    """Where it is read: in a pipeline that the command asks for, or else in another one."""
    for pipeline in dict.fromkeys([*(run_params["pipeline_names"] or [DEFAULT]), DEFAULT, *known]):
        if readers := _first_readers(name, known[pipeline], parameters):
            command = " ".join(["kedro run", *([f"--pipeline {pipeline}"] if pipeline != DEFAULT else [])])
            without = ", without --only-missing-outputs" if run_params["only_missing_outputs"] else ""
            return (
                f"no node of this run reads it, so it would decide nothing. Leave it out, or give it to "
                f"`{command} --from-nodes {','.join(readers)}`{_named_anew(readers, parameters)}{without}."
            )
    read_for, modality = _read_for(name), _modality(parameters)
    if read_for and read_for != modality:
        hint = f", or give {modality}.{READ_BY}={BACKBONE}" if read_for == PICTURES and _has_choice(parameters) else ""
        return (
            f"it says how samples of corpus.modality={read_for} are read, and these are {modality}: leave it out{hint}."
        )
    return "no node of any pipeline reads it: leave it out."


def _has_choice(parameters: Mapping[str, Any]) -> bool:
    """Whether a backbone could read the samples, and does not."""
    modality = _modality(parameters)
    model = modality_parameters().get(modality)
    return model is not None and READ_BY in model.model_fields and not read_by_backbone(modality, parameters)


def _named_anew(readers: Sequence[str], parameters: Mapping[str, Any]) -> str:
    """What such a run must be told again, of which the disk says it: what it lists."""
    modality = _modality(parameters)
    lists = any(reader.rpartition(".")[2] == LISTS_SAMPLES for reader in readers)
    return f" with corpus.modality={modality} and its corpus.path" if lists and modality != PICTURES else ""


def _read_for(name: str) -> str | None:
    """The modality that alone reads a parameter; None where it is read for all."""
    group = name.split(".")[0]
    if group in OF_BACKBONES or name in OF_LAYERS:
        return PICTURES
    return group if group in modality_parameters() else None


def _first_readers(name: str, pipeline: Pipeline, parameters: Mapping[str, Any]) -> list[str]:
    """The nodes that read it, but for those that run anyway, behind another one."""
    readers = [str(node.name) for node in _readers(name, pipeline, parameters)]
    behind = {node.name for reader in readers for node in pipeline.from_nodes(reader).nodes if node.name != reader}
    return [reader for reader in readers if reader not in behind]


def lineages_on_disk(run: Pipeline, catalog: Any) -> list[Lineage]:
    """The lineage of what the run begins with, one for each namespace that keeps its samples apart.

    Raises:
        UserError: Data that the run reads together are of different corpora, backbones or layers.
    """
    carried: dict[str, dict[str, Lineage]] = defaultdict(dict)
    for name in sorted(run.inputs()):
        if not name.startswith(PARAMETER) and (lineage := entry_lineage(catalog, name)):
            carried[name.rpartition(".")[0]][name] = lineage
    return [check_agree(entries) for entries in carried.values()]


def entry_lineage(catalog: Any, name: str) -> Lineage:
    """What an entry of the catalog says of itself; nothing where it cannot be read: the node that reads it tells."""
    entry = catalog.get(name)
    try:
        lineage: Lineage = entry.lineage() if hasattr(entry, "lineage") else {}
    except (OSError, ValueError, KeyError):
        return {}
    return lineage


def run_title(run: Pipeline, parameters: Mapping[str, Any], on_disk: list[Lineage]) -> list[str]:
    """What corpus and backbone a run is of: as the parameters name what it reads anew, as the disk says of the rest.

    Args:
        run: What ``planned`` gave.
        parameters: All parameters, nested.
        on_disk: What ``lineages_on_disk`` gave.
    """
    corpora = [_listed_corpus(node, parameters) for node in run.nodes if short_name(node) == LISTS_SAMPLES]
    corpora = corpora or [of["corpus"]["name"] for of in on_disk if "corpus" in of]
    backbones = [_named_backbones(node, parameters) for node in run.nodes if short_name(node) in LOADS_BACKBONES]
    backbones = backbones or [of["backbone"]["name"] for of in on_disk if "backbone" in of]
    return list(dict.fromkeys([*corpora, *backbones]))


def _listed_corpus(node: Node, parameters: Mapping[str, Any]) -> str:
    return corpus_words(parameters["corpus"]["path"], default_corpus(node))


def _named_backbones(node: Node, parameters: Mapping[str, Any]) -> str:
    modality = _modality(parameters)
    if not read_by_backbone(modality, parameters):
        return modality
    several = parameters["transfer"]["backbones"] if f"{PARAMETER}transfer" in node.inputs else []
    return ", ".join(str(one["name"]) for one in several or [parameters["backbone"]])


def lineage_tags(lineage: Lineage) -> dict[str, str]:
    """The facts of a lineage as flat tags: ``corpus.name``, ``samples.digest``, ``features.layer``, ..."""
    return {name: str(value) for name, value in flat(lineage).items() if value is not None}
