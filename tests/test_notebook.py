"""The notebook runs from top to bottom on a finished project, and shows what it says it shows."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tests.projects import environment

from seqpipe.models.registry import KINDS

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "look.ipynb"


@pytest.fixture(scope="module")
def written():
    return nbformat.read(NOTEBOOK, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_kept_without_outputs_and_defines_nothing(written):
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code(written))
    assert not re.search(r"\bdef |\bclass |\blambda\b", "\n".join(cell.source for cell in code(written)))


def test_it_shows_frames_features_and_predictions_of_a_clip(written, finished_project, monkeypatch):
    monkeypatch.setenv("KEDRO_ENV", "test")
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    below = finished_project.folder / "conf"  # any folder below the root will do
    client = NotebookClient(written, timeout=300, resources={"metadata": {"path": str(below)}})
    ran = client.execute()
    outputs = [output for cell in code(ran) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == len(["frames", "features over time", "probabilities"])
    leaderboard = code(ran)[-1].outputs[-1]["data"]["text/plain"]
    assert all(kind in leaderboard for kind in KINDS)
