"""Contracts between nodes, parameters and catalog."""

from typing import get_type_hints

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.validation.type_extractor import TypeExtractor
from tests.projects import REPOSITORY

from seqpipe.config import INHERITED, PARAMETERS
from seqpipe.models.registry import MODELS, default_kinds, kinds_reading
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.pipelines.task.pipeline import models_of
from seqpipe.settings import CONFIG_LOADER_ARGS
from seqpipe.tasks.registry import DEFAULT_TASK, TASKS, task_entry
from seqpipe.tracking.loggers import LOGGERS

PIPELINES = register_pipelines()
EVERYTHING = sum(PIPELINES.values(), Pipeline([]))
MODELS_OF_CLIPS = {name for name, entry in MODELS.items() if entry.answers("clip")}


@pytest.fixture(scope="module")
def catalog_config():
    return OmegaConfigLoader(str(REPOSITORY / "conf"), **CONFIG_LOADER_ARGS)["catalog"]


SPACES = ("", *(f"{task}." for task in TASKS if task != DEFAULT_TASK))
"""Before the names of what a task keeps apart."""
# Arguments that may be called something else than what they are given: the node is the same for every kind.
DATASETS = {
    ("dataset", name)
    for name in (
        *(f"{space}{name}" for space in SPACES for name in ("dataset", "frame_dataset")),
        *("finetune.frame_dataset", "lrcn.frame_dataset"),
    )
}
ALIASES = (
    DATASETS
    | {("config", f"params:{kind}") for kind in MODELS}
    | {(kind, f"{space}{kind}.results") for kind in MODELS for space in SPACES}
    | {(f"figures_of_{kind}", f"{space}{kind}.figures") for kind in MODELS for space in SPACES}
)


def arguments(node):
    """The function's arguments and the names of what goes in; none are matched by their place in a list."""
    assert isinstance(node._inputs, dict), f"{node.name} takes its inputs by their place"
    return node._inputs


def contradictions(node):
    """Arguments that are given something else than they are called."""
    given = {pair for pair in arguments(node).items() if pair not in ALIASES}
    return {(argument, name) for argument, name in given if name.removeprefix("params:").split(".")[-1] != argument}


@pytest.mark.parametrize("node", EVERYTHING.nodes, ids=lambda node: node.name)
def test_an_argument_is_given_what_it_is_called(node):
    assert contradictions(node) == set()


def test_two_paths_that_are_swapped_are_a_contradiction():
    fit_grid = next(node for node in EVERYTHING.nodes if node.name == "transfer.fit_grid")
    paths = ("feature_store", "transfer_x")
    swapped = {**arguments(fit_grid), **dict(zip(paths, reversed(paths), strict=True))}
    assert contradictions(node(fit_grid.func, swapped, "grid")) == set(zip(paths, reversed(paths), strict=True))


@pytest.mark.parametrize("node", EVERYTHING.nodes, ids=lambda node: node.name)
def test_a_parameter_is_annotated_with_its_model(node):
    hints = get_type_hints(node.func)
    for argument, name in arguments(node).items():
        assert name != "parameters", "a node takes its own stage's parameters, not all of them"
        if name.startswith("params:"):
            assert hints[argument] is PARAMETERS[name.removeprefix("params:")]


def test_every_parameter_is_used_by_a_node():
    used = {name.removeprefix("params:") for name in EVERYTHING.inputs() if name.startswith("params:")}
    assert used | {INHERITED[name] for name in used & set(INHERITED)} == set(PARAMETERS)


def test_every_dataset_is_in_the_catalog_and_every_entry_is_used(catalog_config):
    catalog = DataCatalog.from_config(catalog_config)
    names = {name for name in EVERYTHING.datasets() if not name.startswith("params:")}
    patterns = {name: catalog.config_resolver.match_dataset_pattern(name) for name in names}
    missing = {name for name, pattern in patterns.items() if pattern is None and name not in catalog_config}
    assert not missing
    used = names | {pattern for pattern in patterns.values() if pattern}
    assert set(catalog_config) <= used


def test_every_entry_says_a_kind_of_record_that_tracking_knows(catalog_config):
    kinds = {entry["metadata"]["mlflow"]["log"] for entry in catalog_config.values() if "mlflow" in entry["metadata"]}
    assert kinds == set(LOGGERS) | {"dataset"}


def test_every_entry_has_a_layer_and_every_node_a_tag(catalog_config):
    assert all("layer" in entry["metadata"]["kedro-viz"] for entry in catalog_config.values())
    assert all(node.tags for node in EVERYTHING.nodes)


def test_the_default_is_the_stages_and_the_default_kinds_and_nothing_else():
    names = ["ingest", "backbone", "features", "dataset", *default_kinds(), "compare"]
    parts = [node.name for name in names for node in PIPELINES[name].nodes]
    assert sorted(parts) == sorted(node.name for node in PIPELINES["__default__"].nodes)
    assert set(default_kinds()) == {"svm", "linear", "rnn", "gru", "lstm"}


def test_every_kind_of_classifier_has_its_pipeline_which_needs_no_more_than_dataset_and_samples():
    for kind in kinds_reading("features", "clip"):
        datasets = {name for name in PIPELINES[kind].inputs() if not name.startswith("params:")}
        assert datasets == {"dataset", "samples"}


def test_a_model_is_judged_by_its_predictions_alone():
    judging = [arguments(each) for each in EVERYTHING.nodes if each.name.endswith(".evaluate")]
    tasks = [task_entry(name) for name in TASKS if name != DEFAULT_TASK]
    of_tasks = sum(len(models_of(task, inputs)) for task in tasks for inputs in ("features", "frames"))
    assert len(judging) == len(MODELS_OF_CLIPS) + of_tasks
    for given in judging:
        assert "predictions" in given
        assert not {"model", "dataset", "frame_dataset"} & set(given)


def test_a_model_is_drawn_of_its_results_with_the_parameters_that_it_was_judged_with():
    drawing = [arguments(each) for each in EVERYTHING.nodes if each.name.endswith(".draw")]
    assert len(drawing) == sum(each.name.endswith(".evaluate") for each in EVERYTHING.nodes)
    for given in drawing:
        assert {"results", "fit"} <= set(given)
        assert not any(name.startswith("params:") for name in given.values())


def test_to_draw_one_model_asks_for_no_other_and_not_for_the_leaderboard():
    default = PIPELINES["__default__"]
    before = {each.name for each in default.only_nodes_with_namespaces(["svm"]).nodes}
    assert {each.name for each in default.to_nodes("svm.draw").nodes if "." in each.name} == before
    behind = {each.name for each in default.from_nodes("svm.train").nodes}
    assert behind == before | {"compare_models", "draw_comparison", "write_report"}


def test_only_the_default_kinds_are_compared():
    results = {name for name in PIPELINES["compare"].inputs() if name.endswith(".results")}
    assert results == {f"{kind}.results" for kind in default_kinds()}


@pytest.mark.parametrize("node", EVERYTHING.nodes, ids=lambda node: node.name)
def test_kedro_finds_the_model_of_every_parameter(node):
    """It looks by place: an argument that is left out before another would take that one's model away."""
    asked = {name.removeprefix("params:") for name in node.inputs if name.startswith("params:")}
    found = TypeExtractor({})._extract_types_from_node(node)
    assert found == {name: PARAMETERS[name] for name in asked}
