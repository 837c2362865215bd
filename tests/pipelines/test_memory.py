"""What the pipeline ``memory`` leaves on disk and in MLflow, and what it says where it cannot."""

import shutil

import pandas as pd
import pytest
from mlflow import MlflowClient
from tests.projects import Project

from seqpipe.models.nets.cells import CELLS

TABLES = {"gradients", "jacobians", "reach", "matrices", "gates", "histogram"}
TABLES |= {"padding", "truncation", "exams", "curves"}


def test_it_looks_into_what_the_run_left_and_writes_one_report(remembering_project, finished_project):
    folder = remembering_project.data / "08_reporting/memory"
    assert {path.stem for path in folder.glob("*.csv")} == TABLES
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn == {"gradients", "jacobians", "gates", "padding", "truncation", "exams"}
    page = (folder / "report.html").read_text()
    assert page.count("<img") == len(drawn)
    assert "The GRU on disk was trained on another D&#39;" in page
    assert "LSTM: before training" in page
    assert "memory/report.html" in remembering_project.run.out
    for path in (finished_project.data / "06_models/lstm").iterdir():
        assert (remembering_project.data / "06_models/lstm" / path.name).read_bytes() == path.read_bytes()

    assert set(pd.read_csv(folder / "gradients.csv")["cell"]) == {"lstm", "rnn"}
    assert pd.read_csv(folder / "padding.csv")["padding"].unique().tolist() == [0, 2]
    truncation = pd.read_csv(folder / "truncation.csv")
    assert truncation["truncate"].unique().tolist() == [2, 50]
    assert truncation["trained"].tolist() == (truncation["truncate"] == 2).tolist()
    client = MlflowClient(remembering_project.database)
    run = client.search_runs(["1"], order_by=["attributes.start_time DESC"])[0]
    logged = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "figures", "reach.csv", "facts.json"} <= logged


@pytest.fixture
def copy_of_remembering(remembering_project, tmp_path):
    left = shutil.ignore_patterns("mlartifacts", "mlflow.db*")
    shutil.copytree(remembering_project.folder, tmp_path / "copy", ignore=left)
    return Project(tmp_path / "copy")


def test_it_is_drawn_again_from_what_is_on_disk_and_without_a_model_it_says_what_to_run_first(copy_of_remembering):
    project = copy_of_remembering
    figures = project.data / "08_reporting/memory/figures"
    before = {path: path.read_bytes() for path in figures.iterdir()}
    shutil.rmtree(figures)
    again = project.kedro_run("--pipeline", "memory", "--from-nodes", "memory.draw_figures")
    assert again.code == 0, again.err
    assert {path: path.read_bytes() for path in figures.iterdir()} == before

    for cell in CELLS:
        shutil.rmtree(project.data / "06_models" / cell)
    done = project.kedro_run("--pipeline", "memory")
    assert done.code == 1
    assert "There is no recurrent model on disk (rnn, gru, lstm) to look into: run `kedro run` first" in done.err


def test_without_anything_it_says_what_to_run_first(project):
    done = project.kedro_run("--pipeline", "memory")
    assert done.code == 1
    assert "`kedro run` does them all" in done.err
