"""What the pipelines ``transfer`` and ``finetune`` leave on disk and in MLflow."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID as PARENT
from tests.projects import Project

CLASSIFIERS, STRATEGIES = {"svm", "svm_rbf", "linear", "ann"}, {"head", "all", "scratch"}


@pytest.fixture(scope="module")
def grid(transferred_project):
    return pd.read_csv(transferred_project.data / "08_reporting/transfer/grid.csv")


@pytest.fixture(scope="module")
def runs(transferred_project):
    client = MlflowClient(transferred_project.database)
    return client.search_runs([client.get_experiment_by_name("seqpipe").experiment_id])


def test_every_classifier_is_on_every_layer_and_every_strategy_once(grid):
    fixed, tuned = grid[grid["kind"] == "features"], grid[grid["kind"] == "fine-tuning"]
    assert set(zip(fixed["solution"], fixed["pool"], strict=True)) == {
        (kind, pool) for kind in CLASSIFIERS for pool in ("avg", "flatten")
    }
    assert sorted(tuned["solution"]) == sorted(STRATEGIES)


def test_every_solution_has_its_interval_and_its_costs(grid):
    assert (grid["accuracy_low"] <= grid["accuracy"]).all()
    assert (grid["accuracy"] <= grid["accuracy_high"]).all()
    costs = grid[["fit_seconds", "trainable_parameters", "train_gflops"]]
    assert (costs > 0).all(axis=None)
    assert (grid["peak_memory_mb"] >= 0).all()


def test_the_costs_tell_the_strategies_apart(grid):
    of = grid[grid["kind"] == "fine-tuning"].set_index("solution")
    assert of.at["head", "trainable_parameters"] < of.at["all", "trainable_parameters"]
    assert of.at["all", "trainable_parameters"] == of.at["scratch", "trainable_parameters"]
    assert of.at["head", "train_gflops"] < of.at["all", "train_gflops"]
    assert grid.loc[grid["kind"] == "features", "train_gflops"].max() < of["train_gflops"].min()


def test_the_curve_ends_where_the_grid_is(transferred_project, grid):
    curve = pd.read_csv(transferred_project.data / "08_reporting/transfer/learning_curve.csv")
    assert set(curve["solution"]) == {"svm", "all"}
    assert sorted(set(curve["n_per_class"])) == [1, 2, 6]
    assert curve.groupby(["solution", "n_per_class"]).size()["svm"].tolist() == [2, 2, 1]
    last = curve[(curve["solution"] == "all") & (curve["n_per_class"] == 6)]["accuracy"].item()
    assert last == pytest.approx(grid.loc[grid["solution"] == "all", "accuracy"].item())


def test_the_report_holds_every_figure(transferred_project):
    folder = transferred_project.data / "08_reporting/transfer"
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn == {"trade_off", "learning_curve", "transferability", "domains", "embedding", "gradcam"}
    page = (folder / "report.html").read_text()
    assert page.count("<img") == len(drawn)
    assert "nan" not in page.lower().split("</style>")[1].split("data:image")[0]


def test_the_screen_shows_the_table_and_progress(transferred_project):
    said = transferred_project.run.out
    assert "transfer: fit grid" in said
    assert all(name in said for name in CLASSIFIERS | STRATEGIES)
    assert "transfer/report.html" in said


def test_each_solution_is_a_run_below_the_parent(runs, grid):
    parents = [run for run in runs if run.data.tags.get("kedro.pipeline") == "transfer" and PARENT not in run.data.tags]
    parent = min(parents, key=lambda run: run.info.start_time)  # another test, perhaps beside this one, runs it again
    below = [run for run in runs if run.data.tags.get(PARENT) == parent.info.run_id]
    assert len(below) == len(grid)
    logged = {(run.data.params["solution"], run.data.params["pool"]): run.data.metrics["accuracy"] for run in below}
    for row in grid.fillna("").to_dict("records"):
        assert logged[row["solution"], row["pool"]] == pytest.approx(row["accuracy"])


def test_a_second_run_fits_nothing_again_and_says_the_same(transferred_project, tmp_path):
    before = {
        path: path.stat().st_mtime_ns for path in (transferred_project.data / "06_models/transfer").rglob("*.json")
    }
    nodes = "transfer.fit_grid,transfer.draw_learning_curve"
    again = transferred_project.kedro_run("--pipeline", "transfer", "--nodes", nodes)
    assert again.code == 0, again.out + again.err
    assert "Fine-tuning" not in again.out
    after = {
        path: path.stat().st_mtime_ns for path in (transferred_project.data / "06_models/transfer").rglob("*.json")
    }
    assert after == before


def test_fine_tuning_leaves_a_model_and_its_results(transferred_project):
    data = transferred_project.data
    assert (data / "06_models/finetune/backbone.safetensors").exists()
    predictions = pd.read_parquet(data / "08_reporting/finetune/predictions.parquet")
    samples = pd.read_parquet(data / "02_intermediate/finetune/samples.parquet")
    assert set(predictions["id"]) == set(samples.loc[samples["split"] == "test", "id"])
    assert (data / "08_reporting/finetune_gradcam/gradcam.png").exists()
    assert list((data / "06_models/checkpoints").iterdir()) == []


def test_the_fine_tuned_cnn_is_a_model_in_mlflow_that_answers_to_images(transferred_project):
    client = MlflowClient(transferred_project.database)
    experiment = client.get_experiment_by_name("seqpipe").experiment_id
    (logged,) = (model for model in client.search_logged_models([experiment]) if model.name == "finetune")
    folder = Path(logged.artifact_location.removeprefix("file://"))
    assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}]
    evaluated = pd.read_parquet(transferred_project.data / "07_model_output/finetune/predictions.parquet")
    samples = pd.read_parquet(transferred_project.data / "02_intermediate/finetune/samples.parquet").set_index("id")
    contents = [Path(path).read_bytes() for path in samples["path"].loc[evaluated["id"]]]
    served = mlflow.pyfunc.load_model(str(folder)).predict(contents)
    assert list(served["label"]) == list(evaluated["predicted"])
    assert list(served["probability"]) == list(evaluated["confidence"])


def test_what_the_cnn_has_answered_is_judged_anew_without_it(transferred_project, tmp_path):
    project = Project(shutil.copytree(transferred_project.folder, tmp_path / "copy"))
    shutil.rmtree(project.data / "06_models/finetune")
    shutil.rmtree(project.data / "04_feature/frames")
    done = project.kedro_run(
        "--pipeline", "finetune", "--from-nodes", "finetune.evaluate", "--to-nodes", "finetune.draw"
    )
    assert done.code == 0, done.err
    assert "Right on" in done.out.partition("finetune: draw")[0], "its scores are told before it is drawn"
    for file in ("predictions.parquet", "metrics.json", "figures/confusion_matrix.png"):
        path = f"08_reporting/finetune/{file}"
        assert (project.data / path).read_bytes() == (transferred_project.data / path).read_bytes()
