"""Runs that a dead process has left."""

import pytest
from mlflow import MlflowClient

from seqpipe.tracking import stale
from seqpipe.tracking.connect import connect
from seqpipe.tracking.stale import end_dead_runs, whose
from seqpipe.tracking.store import MlflowConfig, store_of

pytestmark = pytest.mark.usefixtures("mlflow_as_it_was")


def store(project, uri=None):
    return store_of(MlflowConfig(tracking_uri=uri, experiment=None), project, {})


def running(where, **tags):
    return MlflowClient(where.uri).create_run(connect(where), tags=whose(where) | tags).info.run_id


def status(where, run_id):
    return MlflowClient(where.uri).get_run(run_id).info.status


def test_they_are_ended_as_killed_and_those_of_others_left_alone(new_project, tmp_path):
    uri = f"sqlite:///{new_project(tmp_path / 'shared')}/mlflow.db"
    one, other = store(tmp_path / "one", uri), store(tmp_path / "other", uri)
    dead = [running(one), running(one)]
    alive = running(other)
    users = MlflowClient(uri).create_run(connect(one)).info.run_id
    end_dead_runs(connect(one), one)
    assert [status(one, run_id) for run_id in dead] == ["KILLED", "KILLED"]
    assert [status(one, run_id) for run_id in (alive, users)] == ["RUNNING", "RUNNING"]


def test_finished_runs_stay_as_they_are(new_project, tmp_path):
    one = store(new_project(tmp_path / "one"))
    run_id = running(one)
    MlflowClient(one.uri).set_terminated(run_id, "FINISHED")
    end_dead_runs(connect(one), one)
    assert status(one, run_id) == "FINISHED"


def test_another_host_counts_only_in_a_database_that_it_may_share(new_project, tmp_path):
    own = store(new_project(tmp_path / "one"))
    shared = store(tmp_path / "one", f"sqlite:///{new_project(tmp_path / 'shared')}/mlflow.db")
    elsewhere = {stale.HOST_TAG: "another"}
    there, here = running(shared, **elsewhere), running(own, **elsewhere)
    end_dead_runs(connect(shared), shared)
    end_dead_runs(connect(own), own)
    assert status(shared, there) == "RUNNING"
    assert status(own, here) == "KILLED"


def test_those_of_a_project_that_was_renamed_since_are_ended(new_project, tmp_path):
    run_id = running(store(new_project(tmp_path / "old")))
    (tmp_path / "old").rename(tmp_path / "new")
    new = store(tmp_path / "new")
    end_dead_runs(connect(new), new)
    assert status(new, run_id) == "KILLED"
