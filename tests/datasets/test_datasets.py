"""Every dataset class gives back what it was given, and says what to do where nothing is yet."""

import base64

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure

from seqpipe.datasets.figures import FigureDataset, FiguresDataset
from seqpipe.datasets.records import FolderDataset
from seqpipe.datasets.tables import JsonDataset, TableDataset, TextDataset
from seqpipe.errors import UserError

TABLE = pd.DataFrame({"id": ["a", "b"], "t": [0, 1]})


def drawn():
    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    return figure


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_tables(tmp_path, name):
    dataset = TableDataset(filepath=str(tmp_path / name))
    assert not dataset.exists()
    dataset.save(TABLE)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert dataset.preview() == {"columns": ["id", "t"], "index": [0, 1], "data": [["a", 0], ["b", 1]]}


def test_json_and_text(tmp_path):
    json_dataset = JsonDataset(filepath=str(tmp_path / "m.json"))
    json_dataset.save({"b": 1.5, "a": float("nan")})
    loaded = json_dataset.load()
    assert list(loaded) == ["b", "a"]
    assert np.isnan(loaded["a"])
    text = TextDataset(filepath=str(tmp_path / "r.html"))
    text.save("<p>é</p>")
    assert text.load() == "<p>é</p>"


def test_a_figure_is_the_same_bytes_each_time_and_previews(tmp_path):
    dataset = FigureDataset(filepath=str(tmp_path / "f.png"))
    dataset.save(drawn())
    first = dataset.load()
    dataset.save(drawn())
    assert dataset.load() == first
    assert first.startswith(b"\x89PNG")
    assert base64.b64decode(dataset.preview()) == first


def test_figures_are_a_folder_that_is_replaced_whole(tmp_path):
    dataset = FiguresDataset(filepath=str(tmp_path / "figures"))
    dataset.save({"old": drawn(), "kept": drawn()})
    dataset.save({"kept": drawn()})
    assert list(dataset.load()) == ["kept"]


def test_a_folder_is_made_when_it_is_asked_for(tmp_path):
    dataset = FolderDataset(filepath=str(tmp_path / "store"))
    assert dataset.load().is_dir()
    with pytest.raises(DatasetError, match="never saved as a whole"):
        dataset.save(tmp_path)


def test_what_is_not_there_is_answered_with_what_to_run(tmp_path):
    with pytest.raises(DatasetError) as caught:
        TableDataset(filepath=str(tmp_path / "samples.parquet")).load()
    assert isinstance(caught.value.__cause__, UserError)
    assert "kedro run" in str(caught.value.__cause__)


def test_metadata_is_kept(tmp_path):
    assert (
        TableDataset(filepath="x.csv", metadata={"mlflow": {"log": "artifact"}}).metadata["mlflow"]["log"] == "artifact"
    )
