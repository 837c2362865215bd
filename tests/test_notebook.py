"""The notebooks run from top to bottom on finished projects, and show what they say they show."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tests.projects import environment

from seqpipe.models.registry import default_kinds

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NAMES = ("captions.ipynb", "look.ipynb", "recurrent_networks.ipynb", "transfer_learning.ipynb")


def read(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def ran(name, project, monkeypatch):
    """The outputs of each cell of code, on a finished project."""
    monkeypatch.setenv("KEDRO_ENV", "test")
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    below = project.folder / "conf"  # any folder below the root will do
    client = NotebookClient(read(name), timeout=300, resources={"metadata": {"path": str(below)}})
    outputs = [cell.outputs for cell in code(client.execute())]
    assert not [output for cell in outputs for output in cell if output.output_type == "error"]
    return outputs


def pictures(outputs):
    return [output for cell in outputs for output in cell if "image/png" in output.get("data", {})]


def test_these_are_all():
    assert sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_kept_without_outputs_and_defines_nothing(name):
    cells = code(read(name))
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert not re.search(r"\bdef |\bclass |\blambda\b", "\n".join(cell.source for cell in cells))


@pytest.mark.slow
def test_look_shows_frames_features_and_predictions_of_a_clip(finished_project, monkeypatch):
    outputs = ran("look.ipynb", finished_project, monkeypatch)
    assert len(pictures(outputs)) == len(["frames", "features over time", "probabilities"])
    leaderboard = outputs[-1][-1]["data"]["text/plain"]
    assert all(kind in leaderboard for kind in default_kinds())


@pytest.mark.slow
def test_transfer_learning_tells_the_story_with_its_figures(transferred_project, monkeypatch):
    outputs = ran("transfer_learning.ipynb", transferred_project, monkeypatch)
    assert len(pictures(outputs)) == len(["costs", "few samples", "scores", "embedding", "Grad-CAM"])
    said = "".join(output.get("text", "") for cell in outputs for output in cell)
    assert "handwritten digits on a canvas" in said
    assert "of the test samples" in said
    assert "no order can be told" in said  # of the two layers that the tests read


@pytest.mark.slow
def test_recurrent_networks_tells_the_chapter_with_the_models_of_the_run(remembering_project, monkeypatch):
    outputs = ran("recurrent_networks.ipynb", remembering_project, monkeypatch)
    own, of_the_pipeline = ["state", "powers", "gates"], ["gradients", "gates", "padding", "truncation", "exams"]
    assert len(pictures(outputs)) == len(own + of_the_pipeline)
    said = "".join(output.get("text", "") for cell in outputs for output in cell)
    difference = re.search(r"the loop of equations and torch's layer: (\S+)", said)
    assert difference is not None
    assert float(difference[1]) < 1e-5
    assert "spectral radius" in said
    assert re.search(r"adding +6 +gru", said)


@pytest.mark.slow
def test_captions_shows_the_five_uses_side_by_side(speaking_project, monkeypatch):
    outputs = ran("captions.ipynb", speaking_project, monkeypatch)
    shown = ["one frame", "a picture and where it looks", "a clip", "frames and words", "words and words", "timelines"]
    assert len(pictures(outputs)) == len(shown)
    said = "".join(output.get("text", "") for cell in outputs for output in cell)
    for use in ("one to one", "one to many", "many to one", "many to many, clips", "many to many, in step"):
        assert use in said
    assert re.search(r"decoder_attention +cider", said)
    assert re.search(r"decoder_init +bleu_4", said)
