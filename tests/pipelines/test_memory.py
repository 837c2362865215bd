"""What the pipeline ``memory`` leaves on disk and in MLflow, and what it says where it cannot."""

import json
import shutil

import pandas as pd
import pytest
from mlflow import MlflowClient

TABLES = {"gradients", "jacobians", "reach", "matrices", "gates", "histogram"}
TABLES |= {"padding", "truncation", "exams", "curves"}


@pytest.fixture
def looked_into(copy_of_finished):
    """A finished run, of which one model is gone, and another is of another D'."""
    project = copy_of_finished()
    models, outputs = project.data / "06_models", project.data / "07_model_output"
    for cell in ("rnn", "gru"):
        shutil.rmtree(models / cell, ignore_errors=True)
    shutil.copytree(models / "lstm", models / "gru")
    fit = json.loads((outputs / "lstm/fit.json").read_text())
    (outputs / "gru").mkdir(exist_ok=True)
    (outputs / "gru/fit.json").write_text(json.dumps(fit | {"dataset": "another"}))
    return project


def test_it_looks_into_what_the_run_left_and_writes_one_report(looked_into):
    before = {path: path.read_bytes() for path in (looked_into.data / "06_models/lstm").iterdir()}
    done = looked_into.kedro_run("--pipeline", "memory")
    assert done.code == 0, done.out + done.err
    folder = looked_into.data / "08_reporting/memory"
    assert {path.stem for path in folder.glob("*.csv")} == TABLES
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn == {"gradients", "jacobians", "gates", "padding", "truncation", "exams"}
    page = (folder / "report.html").read_text()
    assert page.count("<img") == len(drawn)
    assert "The GRU on disk was trained on another D&#39;" in page
    assert "memory/report.html" in done.out
    assert {path: path.read_bytes() for path in before} == before

    assert set(pd.read_csv(folder / "gradients.csv")["cell"]) == {"lstm"}
    assert pd.read_csv(folder / "padding.csv")["padding"].tolist() == [0, 2]
    truncation = pd.read_csv(folder / "truncation.csv")
    assert truncation["truncate"].tolist() == [2, 50]
    assert truncation["trained"].tolist() == [True, False]
    run = MlflowClient(looked_into.database).search_runs(["1"], order_by=["attributes.start_time DESC"])[0]
    logged = {file.path for file in MlflowClient(looked_into.database).list_artifacts(run.info.run_id)}
    assert {"report.html", "figures", "reach.csv", "facts.json"} <= logged

    again = looked_into.kedro_run("--pipeline", "memory", "--from-nodes", "memory.draw_figures")
    assert again.code == 0, again.err
    assert "LSTM: before training" in (folder / "report.html").read_text()


def test_without_a_recurrent_model_it_says_what_to_run_first(looked_into):
    for cell in ("gru", "lstm"):
        shutil.rmtree(looked_into.data / "06_models" / cell)
    done = looked_into.kedro_run("--pipeline", "memory")
    assert done.code == 1
    assert "There is no recurrent model on disk (rnn, gru, lstm) to look into: run `kedro run` first" in done.err


def test_without_anything_it_says_what_to_run_first(project):
    done = project.kedro_run("--pipeline", "memory")
    assert done.code == 1
    assert "`kedro run` does them all" in done.err
