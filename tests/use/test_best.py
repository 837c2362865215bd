"""Which model is the best on val: of those alone that belong to the D' on disk now."""

import json
import logging
import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.memory.conftest import ramps
from tests.models.frame_fixtures import colours

from seqpipe.core.errors import UserError
from seqpipe.data.dataset_file import write_dataset
from seqpipe.data.frame_dataset_file import write_frame_dataset
from seqpipe.use.best import by_val

NOW = {"samples": {"digest": "now"}, "backbone": {"fingerprint": "cnn"}, "features": {"stream": "rgb"}}


@pytest.fixture
def dataset():
    return replace(ramps([4] * 8), lineage=NOW)


@pytest.fixture
def data(tmp_path, dataset):
    folder = tmp_path / "data/05_model_input"
    folder.mkdir(parents=True)
    write_dataset(dataset, folder / "dataset.parquet")
    return tmp_path / "data"


@pytest.fixture
def frames(tmp_path, data):
    made = replace(colours(tmp_path / "cache"), lineage=NOW)
    (data / "05_model_input/lrcn").mkdir()
    write_frame_dataset(made, data / "05_model_input/lrcn/frames.parquet")
    return made


def compared(data, folder, at, **scores):
    """A leaderboard of the second ``at``."""
    path = data / "08_reporting" / folder / "leaderboard.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {"model": list(scores), "val_accuracy": list(scores.values()), "fit_seconds": 1.0}
    pd.DataFrame(rows).to_csv(path, index=False)
    os.utime(path, (at, at))


def fitted(data, digest, *models):
    for model in models:
        fit = data / "07_model_output" / model / "fit.json"
        fit.parent.mkdir(parents=True, exist_ok=True)
        fit.write_text(json.dumps({"dataset": digest}))


def test_a_model_of_frames_may_be_the_best_where_its_pipeline_alone_has_run(data, dataset, frames):
    compared(data, "lrcn_compared", 1, svm=0.5, lrcn=0.9, lstm=0.7)
    fitted(data, dataset.digest, "svm", "lstm")
    fitted(data, frames.digest, "lrcn")
    assert by_val(data) == ["lrcn", "lstm", "svm"]


def test_models_of_a_run_before_are_left_out_and_named(data, dataset, caplog):
    compared(data, "", 1, gru=0.99, svm=0.98)
    compared(data, "lrcn_compared", 2, svm=0.5, lstm=0.7)
    fitted(data, dataset.digest, "svm", "lstm")
    fitted(data, "before", "gru")
    with caplog.at_level(logging.WARNING):
        assert by_val(data) == ["lstm", "svm"]
    assert "another D' than the one on disk now: gru" in caplog.text


def test_a_model_stands_with_its_latest_score_beside_all_others_of_this_d_prime(data, dataset):
    compared(data, "lrcn_compared", 2, svm=0.5, lstm=0.7)
    compared(data, "", 1, gru=0.6, svm=0.9)
    fitted(data, dataset.digest, "svm", "lstm", "gru")
    assert by_val(data) == ["lstm", "gru", "svm"]


@pytest.mark.parametrize(
    "other",
    [{"samples": {"digest": "before"}}, {"backbone": {"fingerprint": "another"}}, {"features": {"stream": "flow"}}],
    ids=["samples", "backbone", "stream"],
)
def test_frames_of_other_samples_or_read_otherwise_do_not_belong_to_d_prime(data, dataset, frames, other):
    write_frame_dataset(replace(frames, lineage=NOW | other), data / "05_model_input/lrcn/frames.parquet")
    compared(data, "lrcn_compared", 1, svm=0.5, lrcn=0.9)
    fitted(data, dataset.digest, "svm")
    fitted(data, frames.digest, "lrcn")
    assert by_val(data) == ["svm"]


def test_frames_that_were_cached_anew_are_not_those_of_the_model(data, dataset, frames):
    shorter = frames.take(np.arange(len(frames) - 1))
    write_frame_dataset(shorter, data / "05_model_input/lrcn/frames.parquet")
    compared(data, "lrcn_compared", 1, svm=0.5, lrcn=0.9)
    fitted(data, dataset.digest, "svm")
    fitted(data, frames.digest, "lrcn")
    assert by_val(data) == ["svm"]


def test_where_none_is_left_it_says_what_to_do(data):
    with pytest.raises(UserError, match=r"leaderboard\.csv is not there: nothing is trained yet"):
        by_val(data)
    compared(data, "", 1, svm=0.9)
    fitted(data, "before", "svm")
    with pytest.raises(UserError, match="No model was trained on the D' on disk now"):
        by_val(data)


def test_a_task_that_keeps_its_data_apart_has_a_leaderboard_of_its_own(data, dataset):
    (data / "05_model_input/frame_labels").mkdir()
    write_dataset(dataset, data / "05_model_input/frame_labels/dataset.parquet")
    fitted(data, dataset.digest, "frame_labels/linear", "svm")
    compared(data, "", 2, svm=0.9)
    path = data / "08_reporting/frame_labels/leaderboard.csv"
    path.parent.mkdir()
    pd.DataFrame({"model": ["linear"], "val_accuracy": [0.4], "fit_seconds": [1.0]}).to_csv(path, index=False)
    assert by_val(data, "frame_labels") == ["linear"]
