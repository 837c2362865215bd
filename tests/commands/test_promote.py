"""`seqpipe models` and `seqpipe promote`, and which model a command asks then."""

import os
import shutil

import mlflow
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from tests.projects import Project

from seqpipe.command import main
from seqpipe.commands.asked import asked
from seqpipe.core.errors import UserError


@pytest.fixture
def project(finished_project, tmp_path, mlflow_as_it_was):
    """A copy of the finished project with all that MLflow remembers; the artifacts lie where they lay."""
    left = shutil.ignore_patterns("mlartifacts", ".git")
    shutil.copytree(finished_project.folder, tmp_path / "copy", ignore=left)
    (tmp_path / "copy/mlartifacts").symlink_to(finished_project.folder / "mlartifacts")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'copy/mlflow.db'}")
    # It is told by a variable too, which a command would take for the user's.
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    return Project(tmp_path / "copy")


@pytest.fixture
def seqpipe(project, monkeypatch):
    """A command in the project's folder, in this process: a new one takes seconds to import what it needs."""
    monkeypatch.chdir(project.folder)

    def typed(*arguments):
        done = CliRunner().invoke(main, [*arguments, "--env", "test"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done

    return typed


def second_version(project, right):
    """Registers another model of the run as the candidate, whose test answers are as ``right`` says."""
    client = MlflowClient(project.database)
    experiment = client.get_experiment_by_name("seqpipe").experiment_id
    (first,) = client.search_model_versions("name = 'moving-digits'")
    runs = client.search_runs([experiment], "tags.`fit.digest` != ''")
    run = next(run for run in runs if run.data.tags["fit.digest"] != first.tags["fit.digest"])
    table = pd.read_parquet(client.download_artifacts(run.info.run_id, "predictions.parquet"))
    told = project.folder / "predictions.parquet"
    table.assign(correct=right, predicted=table["label"] if right else "nothing").to_parquet(told)
    other = client.create_run(experiment)
    client.log_artifact(other.info.run_id, str(told))
    tags = {**first.tags, "model": run.info.run_name, "fit.digest": run.data.tags["fit.digest"]}
    (model,) = run.outputs.model_outputs
    version = client.create_model_version("moving-digits", f"models:/{model.model_id}", other.info.run_id, tags=tags)
    client.set_registered_model_alias("moving-digits", "candidate", version.version)
    return run.info.run_name


def test_the_first_candidate_becomes_champion_and_is_asked(project, seqpipe):
    listed = seqpipe("models")
    assert "moving-digits" in listed.stdout
    assert "candidate" in listed.stdout
    done = seqpipe("promote")
    assert done.exit_code == 0, done.stderr
    assert "There is no champion yet." in done.stdout
    assert "moving-digits@champion is version 1 now." in done.stdout
    assert "is the champion already" in seqpipe("promote").stdout
    for name in (None, "moving-digits@champion", "moving-digits@1"):
        assert "mlartifacts" in str(asked(name, None, "test").bundle.model.resolve())
    assert asked("svm", None, "test").bundle.model == project.data / "06_models/svm"
    with pytest.raises(UserError, match="no model moving-digits@nobody"):
        asked("moving-digits@nobody", None, "test")


def test_a_worse_candidate_stays_one_unless_it_is_forced(project, seqpipe):
    assert seqpipe("promote").exit_code == 0
    second_version(project, right=False)
    done = seqpipe("promote")
    assert done.exit_code == 3, done.stdout + done.stderr
    assert "difference -" in done.stdout
    assert "paired" in done.stdout
    assert "not moved" in done.stdout
    forced = seqpipe("promote", "moving-digits", "--force")
    assert forced.exit_code == 0
    assert "moving-digits@champion is version 2 now." in forced.stdout


def test_a_better_candidate_becomes_champion_and_commands_ask_it(project, seqpipe):
    assert seqpipe("promote").exit_code == 0
    name = second_version(project, right=True)
    done = seqpipe("promote")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert f"candidate: version 2, {name}" in done.stdout
    assert "candidate 1.000" in done.stdout
    clip = next((project.data / "01_raw/moving_digits").rglob("*.mp4"))
    asked_now = seqpipe("predict", str(clip))
    assert asked_now.exit_code == 0, asked_now.stderr
    assert "moving-digits version 2: " in asked_now.stderr


def test_a_run_is_asked_by_its_id(project, monkeypatch):
    client = MlflowClient(project.database)
    experiment = client.get_experiment_by_name("seqpipe").experiment_id
    runs = client.search_runs([experiment])
    parent = next(run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    child = next(run for run in runs if run.info.run_name == "lstm")
    trial = next(run for run in runs if run.info.run_name == "trial 0")
    monkeypatch.chdir(project.folder)
    assert "lstm" in (asked(child.info.run_id, None, "test").bundle.model / "model.json").read_text()
    best = asked(parent.info.run_id, None, "test").bundle
    assert f'"kind": "{parent.data.tags["best_on_val"]}"' in (best.model / "model.json").read_text()
    with pytest.raises(UserError, match="has logged no model"):
        asked(trial.info.run_id, None, "test")
    with pytest.raises(UserError, match="There is no run 0000"):
        asked("0" * 32, None, "test")


def test_where_nothing_is_registered_it_is_said(project, seqpipe):
    (project.folder / "mlflow.db").unlink()
    done = seqpipe("promote")
    assert done.exit_code == 1
    assert "`kedro run` writes it" in done.stderr


def test_a_registry_that_does_not_answer_is_no_empty_one(project, seqpipe, monkeypatch):
    def silent(*_):
        raise MlflowException("timed out")

    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", silent)
    done = seqpipe("promote")
    assert done.exit_code == 1
    assert "MLflow cannot be used at" in done.stderr
    assert "no champion yet" not in done.stdout
