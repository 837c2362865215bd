"""The pages of docs/ and the README name what there is: paths, links, pipelines, parameters, hooks, rooms, reasons."""

import re
from pathlib import Path
from typing import get_args

import pytest

from seqpipe.config import PARAMETERS
from seqpipe.media.corpora.manifest_columns import SYNONYMS
from seqpipe.media.corpora.reading import LAYOUTS
from seqpipe.media.frames import Reason
from seqpipe.media.references.reading import REFERENCE_LAYOUTS
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.settings import IN_ORDER

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "src" / "seqpipe"
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
TO_BE_ADDED = {"conf/base/parameters/ridge.yml"}
"""The example of ``adding.md``."""


@pytest.fixture(params=PAGES, ids=lambda path: path.name)
def text(request):
    return request.param.read_text(encoding="utf-8")


def page(name):
    return (PROJECT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text):
    """The code in the first cell of each row of the tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE))


def test_links_lead_somewhere():
    for path in PAGES:
        links = re.findall(r"\]\(([^)#\s]+)\)|(?:href|src)=\"([^\"]+)\"", path.read_text(encoding="utf-8"))
        missing = [link for pair in links for link in pair if link and not (path.parent / link).exists()]
        assert missing == [], path.name


def test_paths_are_there(text):
    named = set(re.findall(r"`((?:src|conf|docs|notebooks|tests)/[\w/.]+|\w+/[\w/]+\.py)`", text)) - TO_BE_ADDED
    ours = {name for name in named if not name.startswith("conf/local/")}  # the user's
    assert [name for name in ours if not (PROJECT / name).exists() and not (PACKAGE / name).exists()] == []


def test_pipelines_and_nodes_are_there(text):
    pipelines = register_pipelines()
    named = set(re.findall(r"--pipeline (\w+)", text)) - {"ridge"}
    assert named <= set(pipelines)
    nodes = {node.name for node in pipelines["__default__"].nodes}
    assert set(re.findall(r"--from-nodes ([\w.]+)", text)) <= nodes


def test_parameters_are_there(text):
    stages = "|".join(PARAMETERS)
    named = re.findall(rf"(?:`|--params |,)({stages})\.(\w+)", text)
    unknown = [f"{stage}.{name}" for stage, name in named if name not in PARAMETERS[stage].model_fields]
    of_nodes = {node.name for pipeline in register_pipelines().values() for node in pipeline.nodes}
    assert set(unknown) <= of_nodes


def test_every_layout_column_and_reason_has_a_row():
    layouts = set(LAYOUTS) | set(REFERENCE_LAYOUTS)
    assert first_cells(page("corpora.md")) == layouts | set(SYNONYMS) | set(get_args(Reason))


def test_every_room_and_hook_is_named():
    text = page("architecture.md")
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^  (\w+)/ ", text, flags=re.MULTILINE)) == rooms
    assert {type(hook).__name__ for hook in IN_ORDER} == set(re.findall(r"`(\w+Hook)`", text))


def test_every_step_of_a_run_is_named():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    steps = {node.name for node in register_pipelines()["__default__"].nodes if "." not in node.name}
    assert {step for step in steps if f"`{step}`" not in text} == set()
