"""Flow beside the frames, from a corpus to the mixture of both."""

import pandas as pd
import pytest
from mlflow import MlflowClient
from tests.projects import Project, make_project

from seqpipe.evaluation.predictions import PROBABILITY
from seqpipe.use.bundle import bundle_of_run


@pytest.fixture(scope="module")
def of_flow(tmp_path_factory, finished_project):
    """The finished project's corpus and models on flow, fused with its own best on val."""
    project = make_project(tmp_path_factory.mktemp("flow") / "project")
    done = project.kedro_run("--to-nodes", "svm.evaluate", "--params", "clip.stream=flow,clip.flow_side=48")
    assert done.code == 0, done.out + done.err
    first = finished_project.data / "07_model_output/svm"
    fused = project.kedro_run("--pipeline", "fuse", "--params", f"fuse.first={first},fuse.second=svm")
    assert fused.code == 0, fused.out + fused.err
    return Project(project.folder, fused)


def table(project, name):
    return pd.read_parquet(project.data / f"07_model_output/{name}.parquet")


def test_the_models_read_flow_and_their_data_say_so(of_flow, finished_project, raw_parameters):
    bundle = bundle_of_run(of_flow.data, "svm", raw_parameters)
    assert (bundle.settings["clip"]["stream"], bundle.settings["clip"]["flow_side"]) == ("flow", 48)
    assert bundle_of_run(finished_project.data, "svm", raw_parameters).settings["clip"]["stream"] == "rgb"
    frames, flow = (table(project, "svm/predictions") for project in (finished_project, of_flow))
    assert frames["id"].tolist() == flow["id"].tolist()
    columns = [column for column in frames if column.startswith(PROBABILITY)]
    assert not frames[columns].equals(flow[columns])


def test_answers_to_val_are_of_before_the_refit(finished_project):
    val = table(finished_project, "svm/val_predictions")
    assert set(val["split"]) == {"val"}
    board = pd.read_csv(finished_project.data / "08_reporting/leaderboard.csv").set_index("model")
    for model in board.index:
        correct = table(finished_project, f"{model}/val_predictions")["correct"]
        assert correct.mean() == pytest.approx(board.loc[model, "val_accuracy"])


def test_the_mixture_of_both_is_judged_beside_them(of_flow):
    folder = of_flow.data / "08_reporting/fuse"
    board = pd.read_csv(folder / "leaderboard.csv")
    assert set(board["model"]) == {"svm, rgb", "svm, flow", "fused"}
    mixtures = pd.read_csv(folder / "mixtures.csv")
    assert mixtures["mixture"].tolist() == ["chosen on val (log_loss)", "half and half", "a third and two thirds"]
    weights = pd.read_csv(of_flow.data / "07_model_output/fuse/weights.csv")
    assert weights["log_loss"].min() == pytest.approx(mixtures["val_log_loss"].iloc[0])
    page = (folder / "report.html").read_text()
    assert "the better of the two on val" in page
    assert "Val has 16 samples in 16 groups: too few to choose a weight by" in page
    assert page.count("<img") == 4
    assert "svm, rgb" in of_flow.run.out
    run = MlflowClient(of_flow.database).search_runs(["1"], order_by=["attributes.start_time DESC"])[0]
    assert run.data.metrics["accuracy"] == board.set_index("model").loc["fused", "accuracy"]


def test_a_run_that_mlflow_remembers_is_fused_though_its_data_are_gone(of_flow):
    client = MlflowClient(of_flow.database)
    whole = client.search_runs(["1"], "tags.`kedro.pipeline` = '__default__'")
    run = next(one for one in whole if "mlflow.parentRunId" not in one.data.tags)
    done = of_flow.kedro_run(
        *("--pipeline", "fuse", "--to-nodes", "fuse.judge_fused"),
        *("--params", f"fuse.first={run.info.run_id},fuse.second=svm,fuse.choose_by=accuracy"),
    )
    assert done.code == 0, done.err
    board = pd.read_csv(of_flow.data / "08_reporting/fuse/leaderboard.csv")
    assert set(board["model"]) == {"first: svm, flow", "second: svm, flow", "fused"}
    assert board["accuracy"].nunique() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("fuse.first=svmm,fuse.second=svm", "Unknown model 'svmm'. Did you mean 'svm'"),
        ("fuse.first=svm,fuse.second=svm", "fuse.first and fuse.second are one model"),
        (f"fuse.first=svm,fuse.second={'0' * 32}", f"The run {'0' * 32} cannot be read from MLflow"),
    ],
)
def test_what_is_not_there_is_told(of_flow, given, said):
    done = of_flow.kedro_run("--pipeline", "fuse", "--params", given)
    assert done.code == 1
    assert said in " ".join(done.err.split())
