"""The way to MLflow."""

import os
import socket

import pytest
from mlflow import MlflowClient

from seqpipe.core.errors import UserError
from seqpipe.tracking import patience
from seqpipe.tracking.connect import connect, reason
from seqpipe.tracking.store import MlflowConfig, store_of

pytestmark = pytest.mark.usefixtures("mlflow_as_it_was")


@pytest.fixture
def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@pytest.fixture
def silent_port():
    """A server that takes connections and never says a word."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen(8)
        yield one.getsockname()[1]


def store(project, uri=None):
    return store_of(MlflowConfig(tracking_uri=uri, experiment=None), project, {})


def test_experiment_and_artifacts_are_made_in_a_project_of_any_name(tmp_path):
    project = tmp_path / "John's 100%?x #1"
    project.mkdir()
    where = store(project)
    experiment_id = connect(where)
    assert connect(where) == experiment_id
    client = MlflowClient(where.uri)
    run_id = client.create_run(experiment_id).info.run_id
    client.log_text(run_id, "here", "note.txt")
    assert [path.read_text() for path in (project / "mlartifacts").rglob("note.txt")] == ["here"]
    assert [path.name for path in tmp_path.iterdir()] == [project.name]


def test_the_next_project_of_the_process_does_not_take_its_uri_for_the_users(new_project, tmp_path):
    connect(store(new_project(tmp_path / "one")))
    assert "MLFLOW_TRACKING_URI" not in os.environ


@pytest.mark.parametrize("uri", ["http://127.0.0.1:{}", "postgresql://me:secret@127.0.0.1:{}/x"])
def test_a_server_that_is_not_there_is_a_sentence_without_its_password(tmp_path, closed_port, uri):
    with pytest.raises(UserError, match=r"MLflow cannot be used at .*another tracking_uri") as refused:
        connect(store(tmp_path, uri.format(closed_port)))
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:{}", "postgresql://me:secret@127.0.0.1:{}/x"])
def test_of_a_dead_server_that_a_variable_names_the_variable_is_to_be_changed(tmp_path, closed_port, uri):
    variables = {"MLFLOW_TRACKING_URI": uri.format(closed_port)}
    with pytest.raises(UserError, match="change the variable MLFLOW_TRACKING_URI, which says so, unset it") as refused:
        connect(store_of(MlflowConfig(tracking_uri=None, experiment=None), tmp_path, variables))
    assert "another tracking_uri" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_of_a_dead_server_that_the_file_names_the_file_is_to_be_changed(tmp_path, closed_port):
    config = MlflowConfig(tracking_uri=f"http://127.0.0.1:{closed_port}", experiment=None)
    variables = {"MLFLOW_TRACKING_URI": "http://other", "MLFLOW_EXPERIMENT_NAME": "mine"}
    with pytest.raises(UserError, match=r"name another tracking_uri in conf/local/mlflow\.yml") as refused:
        connect(store_of(config, tmp_path, variables))
    assert "change the variable" not in str(refused.value)


def test_a_server_that_does_not_answer_is_a_sentence(tmp_path, silent_port, monkeypatch):
    monkeypatch.setitem(patience.IN_SECONDS, "MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with pytest.raises(UserError, match="timed out"):
        connect(store(tmp_path, f"http://127.0.0.1:{silent_port}"))


def test_a_database_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="MLflow cannot be used at"):
        connect(store(tmp_path, f"sqlite:///{tmp_path}/file/m.db"))


@pytest.mark.parametrize(
    ("said", "heart"),
    [
        ("Max retries (Caused by X('<c>: [Errno 111] Connection refused'))", "Connection refused"),
        (
            "(raised by autoflush)\n(sqlite3.OperationalError) attempt to write a readonly database\n[SQL: x]",
            "attempt to write a readonly database",
        ),
        ("HTTPConnectionPool: Read timed out. (read timeout=5)", "timed out"),
        ("Something else.\nand more", "Something else"),
        ("", "RuntimeError"),
    ],
)
def test_the_reason_is_the_heart_of_what_was_said(said, heart):
    assert reason(RuntimeError(said)) == heart


def test_a_database_that_cannot_be_read_is_a_sentence_at_once(tmp_path):
    (tmp_path / "mlflow.db").mkdir()
    with pytest.raises(UserError, match="unable to open database file"):
        connect(store(tmp_path))


def test_a_deleted_experiment_is_restored(new_project, tmp_path):
    where = store(new_project(tmp_path / "one"))
    experiment_id = connect(where)
    MlflowClient(where.uri).delete_experiment(experiment_id)
    assert connect(where) == experiment_id
    assert MlflowClient(where.uri).get_experiment(experiment_id).lifecycle_stage == "active"
