"""Every dataset class gives back what it was given, and says what to do where nothing is yet."""

import base64
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from tests.models.frame_fixtures import NAME, SIZE, colours, make_backbone
from tests.models.test_contract import fitted

from seqpipe.config import RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.memmap import MemmapArray, new_rows
from seqpipe.datasets.figures import FiguresDataset, PngDataset, ResultsDataset
from seqpipe.datasets.records import FeatureParquetDataset, FolderDataset, FramesDataset, ModelDataset
from seqpipe.datasets.tables import JsonDataset, TableDataset, TextDataset
from seqpipe.evaluation.results import Results
from seqpipe.targets.classes import ClassTargets

TABLE = pd.DataFrame({"id": ["a", "b"], "t": [0, 1]})


PNG = b"\x89PNG\r\n\x1a\n and more"


def small_dataset(value: float = 1.0) -> FeatureDataset:
    return FeatureDataset(
        x=np.full((2, 3, 4), value, np.float32),
        mask=np.ones((2, 3), bool),
        times_s=np.zeros((2, 3), np.float32),
        targets=ClassTargets(np.array([0, 1]), ("down", "up")),
        ids=np.array(["a", "b"], object),
        groups=np.array(["g", "h"], object),
        splits=np.array(["train", "test"], object),
        fingerprint="f",
    )


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_tables(tmp_path, name):
    dataset = TableDataset(filepath=str(tmp_path / name))
    assert not dataset.exists()
    dataset.save(TABLE)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert dataset.preview() == {"columns": ["id", "t"], "index": [0, 1], "data": [["a", 0], ["b", 1]]}


def test_an_empty_text_stays_one_in_a_csv(tmp_path):
    dataset = TableDataset(filepath=str(tmp_path / "t.csv"))
    table = pd.DataFrame({"layer": ["last_conv", ""], "leep": [0.5, np.nan]})
    dataset.save(table)
    pd.testing.assert_frame_equal(dataset.load(), table)


def test_json_and_text(tmp_path):
    json_dataset = JsonDataset(filepath=str(tmp_path / "m.json"))
    json_dataset.save({"b": 1.5, "a": float("nan")})
    loaded = json_dataset.load()
    assert list(loaded) == ["b", "a"]
    assert np.isnan(loaded["a"])
    text = TextDataset(filepath=str(tmp_path / "r.html"))
    text.save("<p>é</p>")
    assert text.load() == "<p>é</p>"


def test_a_picture_comes_back_and_previews(tmp_path):
    dataset = PngDataset(filepath=str(tmp_path / "f.png"))
    dataset.save(PNG)
    assert dataset.load() == PNG
    assert base64.b64decode(dataset.preview()) == PNG


def test_results_are_a_folder_that_is_replaced_whole(tmp_path):
    dataset = ResultsDataset(filepath=str(tmp_path / "svm"))
    predictions = pd.DataFrame({"id": ["a"], "p_up": [0.5]})
    old = Results({"device": "cpu"}, {"ece": float("nan")}, predictions, {}, {"old.txt": "o"})
    dataset.save(old)
    figures = FiguresDataset(filepath=str(tmp_path / "svm/figures"))
    figures.save({"confusion_matrix": PNG})
    dataset.save(replace(old, exports={"new.txt": "n"}))
    assert not figures.exists(), "they were drawn of other results"
    loaded = dataset.load()
    assert loaded.exports == {"new.txt": "n"}
    assert json.loads(dataset.preview()).keys() == {"ece"}
    assert loaded.fit == old.fit
    (tmp_path / "svm/evaluation.json").unlink()
    with pytest.raises(DatasetError, match=r"evaluation\.json is missing\): begin with its `evaluate`"):
        dataset.load()
    assert math.isnan(loaded.metrics["ece"])
    pd.testing.assert_frame_equal(loaded.predictions, predictions)


def test_figures_preview_the_confusion_matrix_or_else_the_first_or_none(tmp_path):
    dataset = FiguresDataset(filepath=str(tmp_path / "figures"))
    for drawn, shown in (
        ({"calibration": PNG, "confusion_matrix": PNG + b"c"}, PNG + b"c"),
        ({"trials": PNG, "timelines": PNG + b"t"}, PNG + b"t"),
        ({}, b""),
    ):
        dataset.save(drawn)
        assert dataset.load() == drawn
        assert base64.b64decode(dataset.preview()) == shown


def test_dataset_is_read_once_and_written_only_where_it_changed(tmp_path):
    path = tmp_path / "d.parquet"
    dataset = FeatureParquetDataset(filepath=str(path))
    dataset.save(small_dataset())
    written = path.stat().st_mtime_ns
    assert dataset.load() is dataset.load()
    dataset.save(small_dataset())
    assert path.stat().st_mtime_ns == written
    dataset.save(small_dataset(2.0))
    assert FeatureParquetDataset(filepath=str(path)).load().x[0, 0, 0] == 2.0


def test_dataset_that_another_run_has_replaced_is_read_again(tmp_path):
    mine, other = (FeatureParquetDataset(filepath=str(tmp_path / "d.parquet")) for _ in range(2))
    mine.save(small_dataset())
    other.save(small_dataset(2.0))
    assert mine.load().x[0, 0, 0] == 2.0
    mine.release()
    assert mine.load().x[0, 0, 0] == 2.0


def test_the_x_that_a_dataset_left_on_disk_goes_when_another_is_saved(tmp_path):
    def on_disk(value):
        dense, path = small_dataset(value), tmp_path / "x" / f"{value}.npy"
        with new_rows(path, dense.x.shape, dense.x.dtype) as put:
            for row, features in enumerate(dense.x):
                put(np.array([row]), features)
        return replace(dense, x=MemmapArray(path, 1))

    def kept():
        return sorted(path.name for path in (tmp_path / "x").iterdir())

    dataset = FeatureParquetDataset(filepath=str(tmp_path / "d.parquet"))
    dataset.save(on_disk(1.0))
    (tmp_path / "x" / "3.0.npy").write_bytes(b"of a run that was killed before it could save")
    dataset.save(on_disk(2.0))
    assert kept() == ["2.0.npy"]
    stamp = (tmp_path / "d.parquet").stat().st_mtime_ns
    again = FeatureParquetDataset(filepath=str(tmp_path / "d.parquet"))
    again.save(again.load())
    assert (tmp_path / "d.parquet").stat().st_mtime_ns == stamp
    assert kept() == ["2.0.npy"]
    assert again.load().x[0][0, 0] == 2.0
    dataset.save(small_dataset(2.0))
    assert kept() == []
    assert isinstance(FeatureParquetDataset(filepath=str(tmp_path / "d.parquet")).load().x, np.ndarray)


def test_a_damaged_dataset_is_told_and_does_not_stay(tmp_path):
    path = tmp_path / "d.parquet"
    dataset = FeatureParquetDataset(filepath=str(path))
    dataset.save(small_dataset())
    whole = path.read_bytes()
    # The footer is intact: it would say that this D' needs no writing.
    path.write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    with pytest.raises(DatasetError, match="build_dataset"):
        dataset.load()
    dataset.save(small_dataset())
    assert path.read_bytes() == whole


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


def test_a_frame_dataset_comes_back_with_its_lineage_and_its_frames_stay_where_they_are(tmp_path):
    data = replace(colours(tmp_path / "cache"), lineage={"corpus": {"name": "colours"}})
    dataset = FramesDataset(filepath=str(tmp_path / "input/frames.parquet"))
    assert dataset.lineage() == {}
    dataset.save(data)
    assert dataset.load().digest == data.digest
    assert dataset.lineage() == data.lineage
    assert dataset.load().frames.shards == data.frames.shards


def test_one_class_keeps_models_of_features_and_of_frames(tmp_path):
    runtime = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
    begin, frames = make_backbone(NAME, SIZE), colours(tmp_path / "cache", 12)
    features = replace(small_dataset(), x=np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32))
    for kind, data in (("linear", features), ("finetune", frames)):
        backbone = begin if kind == "finetune" else None
        model = fitted(kind, replace(data, splits=np.full(len(data), "train", object)), runtime, backbone)
        dataset = ModelDataset(filepath=str(tmp_path / kind))
        dataset.save(model)
        assert np.array_equal(dataset.load().predict_proba(data), model.predict_proba(data))
