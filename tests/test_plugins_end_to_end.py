"""A package of its own adds a classifier, a task, a modality and a section, with nothing in the project changed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from tests.plugins import write_package
from tests.projects import Finished, Project, environment, made_once
from tests.serving.running import running

from seqpipe.models.registry import default_kinds

CODE = Path(__file__).parent / "outside/toy_package.py"
POINTS = {
    "seqpipe.models": {"commonest": "toy_package:COMMONEST"},
    "seqpipe.tasks": {"first_word": "toy_package:FIRST_WORD"},
    "seqpipe.targets": {"first_words": "toy_package:FirstWords"},
    "seqpipe.modalities": {"tilt": "toy_package:TILT"},
    "seqpipe.sections": {"toys": "toy_package:section"},
}
VALUES = {
    "commonest": "{standardize: true, pca: null, refit: false, grid: {}}",
    "first_word": "{label_smoothing: 0.1}",
    "tilt": "{rate: 10}",
}
CORPUS = "corpus.path=recordings,corpus.modality=tilt"
HISTORY = "07_model_output/first_word/lstm/history.parquet"
MODELS = {*default_kinds(), "commonest"}


def write_recordings(folder: Path) -> None:
    """Two directions at two speeds, and a file that is no recording."""
    rng = np.random.default_rng(0)
    for label, sign, speed in (("up slow", 1, 1), ("up fast", 1, 3), ("down slow", -1, 1), ("down fast", -1, 3)):
        (folder / label).mkdir(parents=True)
        for n in range(10 if label.startswith("up") else 8):
            x = sign * speed * np.linspace(-1, 1, 20)[:, None] * [1.0, 0.5] + rng.normal(0, 0.05, (20, 2))
            np.savetxt(folder / label / f"{n}.csv", x, delimiter=",")
    (folder / "up slow/notes.csv").write_text("not,a\nnumber,at all\n")


@pytest.fixture(scope="session")
def outside(tmp_path_factory) -> Project:
    """A project in which the package is installed, after a run of its task on its modality. Only look."""

    def run(project: Project) -> Finished:
        write_package(project.folder / "site", "toy_package", CODE.read_text(), POINTS)
        for name, values in VALUES.items():
            (project.folder / f"conf/base/parameters/{name}.yml").write_text(f"{name}: {values}\n")
        write_recordings(project.folder / "recordings")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(project.folder / "site"))
            return project.kedro_run("--pipeline", "first_word", "--params", CORPUS)

    return made_once(tmp_path_factory, "outside", run)


@pytest.fixture(scope="session")
def again(outside, tmp_path_factory) -> tuple[Project, pd.DataFrame]:
    """A copy of it in which the LSTM was trained again with other labels, and the history of before."""

    def run(project: Project) -> Finished:
        left = shutil.ignore_patterns("mlartifacts", "mlflow.db*")
        shutil.copytree(outside.folder, project.folder, ignore=left, dirs_exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(project.folder / "site"))
            middle = ("--from-nodes", "first_word.lstm.train", "--to-nodes", "first_word.lstm.evaluate")
            changed = ("--params", "first_word.label_smoothing=0.9")
            return project.kedro_run("--pipeline", "first_word", *middle, *changed)

    return made_once(tmp_path_factory, "outside_again", run), pd.read_parquet(outside.data / HISTORY)


def test_the_task_trains_every_model_that_has_a_head_for_it_and_judges_it_in_its_own_way(outside):
    board = pd.read_csv(outside.data / "08_reporting/first_word/leaderboard.csv")
    assert set(board["model"]) == MODELS
    assert board["error"].is_monotonic_increasing, "the lower error is the better one"
    assert board["val_error"].between(0, 1).all()
    assert board.set_index("model").loc["commonest", "error"] == pytest.approx(0.5, abs=0.3)
    predictions = pd.read_parquet(outside.data / "07_model_output/first_word/lstm/predictions.parquet")
    assert set(predictions["label"]) == {"up", "down"}
    assert set(predictions["split"]) == {"test"}
    assert (predictions["predicted"] == np.where(predictions["p_down"] >= 0.4, "down", "up")).all()
    exported = (outside.data / "08_reporting/first_word/commonest/exports/wrong.txt").read_text()
    of_commonest = pd.read_parquet(outside.data / "07_model_output/first_word/commonest/predictions.parquet")
    assert (of_commonest["p_down"] < of_commonest["p_up"]).all()
    assert (of_commonest["predicted"] == "down").all(), "the task's answers, not the most probable classes, are judged"
    assert exported.split("\n") == of_commonest["id"][~of_commonest["correct"]].tolist()


def test_a_trained_model_keeps_the_task(outside):
    record = json.loads((outside.data / "06_models/first_word/lstm/model.json").read_text())
    assert record["task"] == {"name": "first_word", "label_smoothing": 0.1}


def test_a_run_from_the_middle_takes_the_modality_from_the_disk_and_trains_by_the_parameters_of_the_task(again):
    """What is trained anew is asked for by the task's parameter; `corpus.modality` is not given again."""
    project, before = again
    record = json.loads((project.data / "06_models/first_word/lstm/model.json").read_text())
    assert record["task"] == {"name": "first_word", "label_smoothing": 0.9}
    history = pd.read_parquet(project.data / HISTORY)
    assert history["epoch"].iloc[0] == before["epoch"].iloc[0]
    first, first_before = history["train_loss"].iloc[0], before["train_loss"].iloc[0]
    assert abs(first - first_before) > 1e-3, "what a batch costs is the task's"


def test_the_modality_is_listed_measured_and_encoded(outside):
    samples = pd.read_parquet(outside.data / "02_intermediate/first_word/samples.parquet")
    assert (samples["kind"] == "recording").all()
    assert (samples["length"] == 20).all()
    assert (samples["sensors"] == 2).all()
    quarantine = pd.read_csv(outside.data / "02_intermediate/first_word/quarantine.csv")
    assert [Path(path).name for path in quarantine["path"]] == ["notes.csv"]
    fit = json.loads((outside.data / "07_model_output/first_word/svm/fit.json").read_text())
    assert fit["task"]["name"] == "first_word"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_its_models_answer_about_files_where_they_are_and_in_a_copied_folder(elsewhere, outside, tmp_path):
    site = str(outside.folder / "site")
    variables = environment() | {"PYTHONPATH": os.pathsep.join([site, environment()["PYTHONPATH"]])}

    def seqpipe(folder, *arguments):
        command = [sys.executable, "-m", "seqpipe", *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    evaluated = pd.read_parquet(outside.data / "07_model_output/first_word/lstm/predictions.parquet").set_index("id")
    asked = outside.folder / "recordings/up slow"
    which = ["--model", "lstm", "--task", "first_word", "--env", "test"]
    if elsewhere:
        seqpipe(outside.folder, "bundle", tmp_path / "there", *which)
        which = ["--model", tmp_path / "there"]
    project = tmp_path / "empty" if elsewhere else outside.folder
    project.mkdir(exist_ok=True)
    said = seqpipe(project, "predict", asked, *which, "--out", tmp_path / "out.csv").stderr
    assert "notes.csv" in said, "what is no recording is named"
    told = pd.read_csv(tmp_path / "out.csv")
    names = {f"up slow/{Path(path).name}": row for path, row in zip(told["path"], told.to_dict("records"), strict=True)}
    common = evaluated.index.intersection(list(names))
    assert len(common) > 0
    for id_ in common:
        assert names[id_]["label"] == evaluated.loc[id_, "predicted"]
        # Other files are asked at once than the test split: in float32 that moves the last digits.
        assert names[id_]["probability"] == pytest.approx(evaluated.loc[id_, f"p_{names[id_]['label']}"], abs=1e-6)


def test_report_screen_and_mlflow_speak_of_what_was_added(outside):
    page = (outside.data / "08_reporting/first_word/report.html").read_text()
    for words in ("6 models were compared.", "measurements as they are", "error rate", "of the first words"):
        assert words in page
    assert {f"answers of {model}" for model in MODELS} <= set(re.findall('alt="([^"]*)"', page))
    assert "36 samples of 2 classes" in page, "what is counted is t, not the labels of the corpus"
    assert "bootstrap" not in page, "this task has no interval"
    assert "error" in outside.run.out
    client = mlflow.MlflowClient(outside.database)
    runs = client.search_runs([client.get_experiment_by_name("seqpipe").experiment_id])
    assert {run.info.run_name for run in runs} >= MODELS
    parent = next(run for run in runs if "first_word.label_smoothing" in run.data.params)
    assert parent.data.params["tilt.rate"] == "10"
    of_commonest = next(run for run in runs if run.info.run_name == "commonest")
    assert client.download_artifacts(of_commonest.info.run_id, "exports/wrong.txt")
    assert Path(client.download_artifacts(of_commonest.info.run_id, "figures/answers.png")).read_bytes()[1:4] == b"PNG"
    assert of_commonest.data.metrics["error"] == pytest.approx(of_commonest.data.metrics["error_low"])
    assert "backbone.name" not in parent.data.params, "no picture was read"


def test_the_default_run_takes_the_classifier_and_the_section(copy_of_finished, tmp_path, monkeypatch):
    write_package(tmp_path / "site", "toy_package", CODE.read_text(), POINTS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    project = copy_of_finished()
    for name, values in VALUES.items():
        (project.folder / f"conf/base/parameters/{name}.yml").write_text(f"{name}: {values}\n")
    done = project.kedro_run("--from-nodes", "commonest.train")
    assert done.code == 0, done.err
    assert set(pd.read_csv(project.data / "08_reporting/leaderboard.csv")["model"]) == MODELS
    page = (project.data / "08_reporting/report.html").read_text()
    assert "6 models were compared." in page
    assert "Always the commonest class" in page


@pytest.mark.slow
def test_recordings_are_answered_by_a_server(outside, tmp_path, monkeypatch):
    """An ending, a modality and a task that it has never heard of."""
    monkeypatch.setenv("PYTHONPATH", str(outside.folder / "site"))
    evaluated = pd.read_parquet(outside.data / "07_model_output/first_word/lstm/predictions.parquet").set_index("id")
    id_ = evaluated.index[0]
    recording = (outside.folder / "recordings" / id_).read_bytes()
    asked = "--model", "lstm", "--task", "first_word"
    with running(outside, tmp_path / "t", *asked) as server, server.client() as client:
        told = client.get("/model").json()
        assert (told["endings"], told["samples"], told["pictures"]) == ([".csv"], "recordings", False)
        form = client.post("/predict", params={"frames": 4}, files={"file": ("walk.csv", recording)}).json()
        raw = client.post("/predict", content=recording).json()
        for answer in (form, raw):
            assert answer["label"] == evaluated.at[id_, "predicted"]
            assert answer["probabilities"]["down"] == pytest.approx(evaluated.at[id_, "p_down"], abs=1e-6)
            assert answer["frames"] == [], "there is nothing to be seen"
        refused = client.post("/predict", files={"file": ("walk.csv", b"not,a\nnumber,at all\n")})
        assert (refused.status_code, set(refused.json())) == (422, {"error", "reason"})
