"""Where runs are remembered."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from seqpipe.core.errors import UserError
from seqpipe.tracking.store import MlflowConfig, mlflow_config, store_of

SILENT = MlflowConfig(tracking_uri=None, experiment=None)


def store(uri, variables=None, project=Path("/p")):
    return store_of(MlflowConfig(tracking_uri=uri, experiment=None), project, variables or {})


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, "sqlite:////p/mlflow.db?timeout=120"),
        ("sqlite:////d/m.db", "sqlite:////d/m.db?timeout=120"),
        ("sqlite:////d/m.db?timeout=3", "sqlite:////d/m.db?timeout=3"),
        ("sqlite:///m.db", "sqlite:////p/m.db?timeout=120"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("postgresql://me@there/runs", "postgresql://me@there/runs"),
    ],
)
def test_the_uri_is_absolute_and_waits_for_other_writers(given, used):
    assert store(given).uri == used


def test_a_variable_counts_where_the_configuration_says_nothing_and_is_told():
    variables = {"MLFLOW_TRACKING_URI": "http://me:secret@there:1", "MLFLOW_EXPERIMENT_NAME": "mine"}
    by_variable = store_of(SILENT, Path("/p"), variables)
    assert (by_variable.uri, by_variable.experiment) == ("http://me:secret@there:1", "mine")
    assert by_variable.named_by == ("MLFLOW_TRACKING_URI=http://***@there:1", "MLFLOW_EXPERIMENT_NAME=mine")
    assert str(by_variable) == "http://***@there:1"
    by_file = store_of(MlflowConfig(tracking_uri="http://here:1", experiment="ours"), Path("/p"), variables)
    assert (by_file.uri, by_file.experiment, by_file.named_by) == ("http://here:1", "ours", ())


def test_an_empty_variable_says_nothing():
    assert store(None, {"MLFLOW_TRACKING_URI": ""}).uri == store(None).uri


@pytest.mark.parametrize(
    "name", ["my proj #1 100%?x", "a%20b", "John's", 'q"uote', "ümlaut 日本", "a;b=c&d", "back\\s"]
)
def test_a_database_lies_in_the_project_whatever_its_name(tmp_path, name):
    project = tmp_path / name
    project.mkdir()
    engine = create_engine(store(None, project=project).uri)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (i INTEGER)"))
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with closing(sqlite3.connect(project / "mlflow.db")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]


@pytest.mark.parametrize("uri", ["file:///runs", "runs", "./mlruns", "/var/mlruns", "sqlite://", "sqlite:///:memory:"])
def test_what_keeps_no_runs_is_refused(uri):
    for config, variables, names_it in [
        (MlflowConfig(tracking_uri=uri, experiment=None), {}, r"tracking_uri in mlflow\.yml"),
        (SILENT, {"MLFLOW_TRACKING_URI": uri}, "the variable MLFLOW_TRACKING_URI"),
    ]:
        with pytest.raises(UserError, match=rf"from {names_it}; give sqlite:////folder/mlflow\.db"):
            store_of(config, Path("/p"), variables)


def test_artifacts_lie_beside_the_database_and_a_server_knows_its_own():
    assert store(None).artifacts == "file:///p/mlartifacts"
    assert store("sqlite:////shared/m.db").artifacts == "file:///shared/mlartifacts"
    assert store("http://there:1").artifacts is None


def test_a_mistake_in_the_file_is_a_sentence():
    with pytest.raises(UserError, match=r"mlflow\.yml is not right: trackinguri: Extra inputs"):
        mlflow_config({"tracking_uri": None, "experiment": None, "trackinguri": "x"})


def test_the_ui_is_opened_by_what_the_folder_has(tmp_path):
    ours = store_of(SILENT, tmp_path, {})
    assert ours.seen_by == "seqpipe ui"
    (tmp_path / "Makefile").write_text("build:\n\ttrue\n")
    assert ours.seen_by == "seqpipe ui", "a Makefile of the user's"
    (tmp_path / "Makefile").write_text("run: setup\nui: setup\n")
    assert ours.seen_by == "make ui"
    assert store_of(SILENT, tmp_path, {"MLFLOW_TRACKING_URI": "http://there:1"}).seen_by == "http://there:1"
