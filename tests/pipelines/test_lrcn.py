"""``lrcn`` goes from the corpus to a leaderboard of what reads D' and what reads its frames, and its model answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.projects import Project, made_once
from tests.serving.running import running
from tests.use.test_predict import kept, predictor, test_files

from seqpipe.core.errors import UserError
from seqpipe.data.dataset_file import read_dataset
from seqpipe.data.frame_dataset_file import read_frame_dataset
from seqpipe.evaluation.results import read_results
from seqpipe.models.registry import MODELS
from seqpipe.pipelines.compare.nodes import of_this_dataset
from seqpipe.use.best import by_val
from seqpipe.use.bundle import bundle_of_run, read_bundle, write_bundle
from seqpipe.use.sources import listing_of_paths

COMPARED = {*MODELS["lrcn"].beside, "lrcn"}


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Project:
    """One run of ``lrcn``. Only look."""
    return made_once(tmp_path_factory, "compared", lambda project: project.kedro_run("--pipeline", "lrcn"))


def test_all_models_are_compared_on_the_same_samples_with_what_they_took(compared):
    board = pd.read_csv(compared.data / "08_reporting/lrcn_compared/leaderboard.csv")
    assert set(board["model"]) == COMPARED
    assert board["n_test"].nunique() == 1
    assert (board["fit_seconds"] > 0).all()
    assert (board["peak_memory_mb"] >= 0).all()
    assert (board["trainable_parameters"] > 0).all()
    assert board.set_index("model")["reads_order"].to_dict() == {
        name: name in ("lstm", "lrcn") for name in board["model"]
    }


def test_the_report_says_what_a_sequence_and_what_training_the_cnn_are_worth(compared):
    report = (compared.data / "08_reporting/lrcn_compared/report.html").read_text(encoding="utf-8")
    assert "Over single frames (single_frame, right on" in report
    assert "To train the CNN with it is worth" in report


def test_the_order_of_a_clip_is_asked_of_it_as_of_the_others(compared):
    predictions = read_results(compared.data / "08_reporting/lrcn").predictions
    assert "predicted_backwards" in predictions
    assert (compared.data / "08_reporting/lrcn/figures").is_dir()


def test_nothing_is_left_of_a_training_that_ended(compared):
    assert not list((compared.data / "06_models/checkpoints").rglob("*.unfinished"))


def test_the_bundle_answers_with_the_bits_of_the_evaluation(compared, raw_parameters, tmp_path):
    write_bundle(bundle_of_run(compared.data, "lrcn", raw_parameters), tmp_path / "bundle")
    shutil.copytree(tmp_path / "bundle", tmp_path / "elsewhere")
    asked = predictor(read_bundle(tmp_path / "elsewhere"), raw_parameters, tmp_path)
    files = test_files(compared.data)
    answers = asked.predict(listing_of_paths(list(files["path"]), None, images=False))
    evaluated = kept(compared.data, "lrcn").set_index("id")
    ids = files.set_index("path")["id"]
    assert len(answers.samples) == len(files)
    for path, proba in zip(answers.samples["path"], answers.proba, strict=True):
        assert proba.max() == evaluated.loc[ids[path], "confidence"]


def test_a_classifier_beside_it_is_that_of_the_project(compared, raw_parameters):
    bundle = bundle_of_run(compared.data, "lstm", raw_parameters)
    assert bundle.trained["fit"]["dataset"] == read_dataset(compared.data / "05_model_input/dataset.parquet").digest


def test_the_best_on_val_of_its_leaderboard_is_asked_where_nothing_else_has_run(compared, raw_parameters):
    board = pd.read_csv(compared.data / "08_reporting/lrcn_compared/leaderboard.csv")
    best = board.loc[board["val_accuracy"].idxmax(), "model"]
    assert bundle_of_run(compared.data, None, raw_parameters).model.name == best
    assert by_val(compared.data)[0] == best
    assert set(by_val(compared.data)) == COMPARED


def test_its_run_and_its_model_are_in_the_registry(compared):
    assert "candidate" in compared.run.out


def test_frames_of_other_samples_than_those_of_d_prime_are_refused(compared):
    dataset = read_dataset(compared.data / "05_model_input/dataset.parquet")
    frames = read_frame_dataset(compared.data / "05_model_input/lrcn/frames.parquet")
    results = {"lrcn": read_results(compared.data / "08_reporting/lrcn")}
    assert of_this_dataset(results, dataset, frames) == results
    with pytest.raises(UserError, match="The frames on disk are of other samples than D'"):
        of_this_dataset(results, dataset, frames.take(np.arange(len(frames) - 1)))
    with pytest.raises(UserError, match="No model was trained on the D' on disk"):
        of_this_dataset(results, dataset)


def test_it_is_served(compared, tmp_path):
    row = kept(compared.data, "lrcn").iloc[0]
    path = Path(test_files(compared.data).set_index("id").loc[row["id"], "path"])
    with running(compared, tmp_path / "t", "--model", "lrcn") as server, server.client() as client:
        answer = client.post("/predict", files={"file": (path.name, path.open("rb"))}).json()
    assert answer["label"] == row["predicted"]
    assert answer["probability"] == pytest.approx(row["confidence"], abs=1e-6)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("lrcn.layer=stage9", "Did you mean 'stage"),
        ("lrcn.stride=5", "leaves frames out between clips of 4"),
        ("lrcn.window=3", "fewer than the 4 frames of a clip"),
        ("lrcn.cnn.strategy=freeze_first,lrcn.cnn.freeze=99", "99"),
    ],
)
def test_what_cannot_be_is_known_before_anything_is_read(project, parameters, said):
    done = project.kedro_run("--pipeline", "lrcn", "--params", parameters)
    assert done.code == 1
    assert said in done.err
    assert project.mlflow_is_untouched
