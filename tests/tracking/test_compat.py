"""Canaries: what Kedro and MLflow do not promise is still so. Each says what breaks when it is not."""

import shutil
import sqlite3
import subprocess
import sys
import warnings
from contextlib import closing

import mlflow
import numpy as np
import pandas as pd
import pytest
from kedro.framework.context import KedroContext
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from mlflow import MlflowClient
from mlflow.data.numpy_dataset import from_numpy
from mlflow.entities import DatasetInput
from mlflow.pyfunc import PythonModel
from mlflow.utils import environment, requirements_utils

from seqpipe.datasets.tables import TableDataset
from seqpipe.tracking.compat import (
    ARTIFACT_COLUMNS,
    ARTIFACT_ROOT,
    WithoutTypeHints,
    artifact_locations,
    dataset_entity,
    given_parameters,
    is_database,
    log_pyfunc,
    move_experiments,
    nodes_with_missing_outputs,
    replace_tag,
    set_artifact_location,
    verify_schema,
    with_context_tags,
)
from seqpipe.tracking.patience import variables

MODEL = """
import mlflow
from mlflow.pyfunc import PythonModel
from mlflow.utils import environment, requirements_utils
from seqpipe.tracking.compat import WithoutTypeHints

class Model(WithoutTypeHints, PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input

mlflow.models.set_model(Model())
"""

# Columns of such a name that say something else than where the artifacts of a run or model lie.
NOT_OF_RUNS = {
    ("datasets", "dataset_source"),
    ("evaluation_dataset_records", "source"),
    ("mcp_server_versions", "source"),
    ("workspaces", "trace_archival_location"),
}


@pytest.fixture
def client(database_without_runs, tmp_path, mlflow_as_it_was):
    """Of a database of the test's own, whose artifacts lie beside it."""
    shutil.copy(database_without_runs, tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)
    return MlflowClient(uri)


@pytest.fixture
def run_id(client, tmp_path):
    experiment_id = client.create_experiment("seqpipe", (tmp_path / "old").as_uri())
    return client.create_run(experiment_id).info.run_id


def test_kedro_keeps_what_the_command_line_gave(tmp_path):
    """Else a parameter that decides nothing is not refused, and a run is not called by what was given."""
    hooks = _create_hook_manager()
    given = {"svm": {"C": 1.0}}
    assert given_parameters(KedroContext(tmp_path, {}, "test", "seqpipe", hooks, given)) == given
    assert given_parameters(KedroContext(tmp_path, {}, "test", "seqpipe", hooks)) == {}


def test_kedros_runner_says_which_nodes_it_leaves(tmp_path):
    """Else ``--only-missing-outputs`` is tracked as a run of all nodes."""
    run = Pipeline([node(lambda a: a, "a", "b", name="first"), node(lambda b: b, "b", "c", name="last")])
    catalog = DataCatalog({name: TableDataset(filepath=str(tmp_path / f"{name}.csv")) for name in "abc"})
    for name in "ab":
        catalog.save(name, pd.DataFrame({"x": [1]}))
    assert [left.name for left in nodes_with_missing_outputs(run, catalog).nodes] == ["last"]


def test_mlflow_leaves_a_predict_without_annotations_alone():
    """Else a logged model warns, or takes a schema beside its signature."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Served(WithoutTypeHints, PythonModel):
            def predict(self, context, model_input, params=None):
                return model_input

    assert Served.predict.__module__ == __name__
    assert not hasattr(Served.predict, "__wrapped__")


def test_a_model_is_logged_with_a_run_that_is_not_active(client, run_id, tmp_path):
    """Else models go to the run of the program around this one, or begin one of their own."""
    code = tmp_path / "model.py"
    code.write_text(MODEL)
    log_pyfunc(run_id, "toy", python_model=str(code), pip_requirements=[])
    assert mlflow.active_run() is None
    (model,) = client.get_run(run_id).outputs.model_outputs
    assert client.get_logged_model(model.model_id).name == "toy"


def test_logging_a_model_does_not_read_what_all_packages_hold(client, run_id, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(requirements_utils, "_check_requirement_satisfied", asked.append)
    before = environment.warn_dependency_requirement_mismatches
    code = tmp_path / "toy.py"
    code.write_text(MODEL)
    log_pyfunc(run_id, "toy", python_model=str(code), pip_requirements=["numpy"], input_example=np.zeros((1, 2)))
    assert asked == []
    assert environment.warn_dependency_requirement_mismatches is before
    assert mlflow.pyfunc.warn_dependency_requirement_mismatches is before
    before(["numpy"])
    assert asked == ["numpy"], "MLflow does not check by this function any more: the one in compat spares nothing"


def test_a_model_is_tried_without_reading_what_all_packages_hold_in_a_fresh_process_too(client, run_id, tmp_path):
    """There ``mlflow.pyfunc`` is a stand-in until it is used: what is set on it reaches nobody. It took a second."""
    code = tmp_path / "toy.py"
    code.write_text(MODEL)
    program = f"""
import mlflow, numpy as np
from mlflow.utils import requirements_utils
from seqpipe.tracking.compat import log_pyfunc

requirements_utils._check_requirement_satisfied = lambda needed: print("asked", needed)
mlflow.set_tracking_uri({mlflow.get_tracking_uri()!r})
log_pyfunc({run_id!r}, "toy", python_model={str(code)!r}, pip_requirements=["numpy"], input_example=np.zeros((1, 2)))
print("logged")
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["logged"]


def test_who_runs_it_is_told_without_importing_a_notebook():
    program = """
import sys
from seqpipe.tracking.compat import with_context_tags

print(with_context_tags({})["mlflow.user"], "IPython" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split()[1:] == ["False"]


def test_a_dataset_is_logged_by_its_digest(client, run_id):
    """Else a run does not say on which D' it was trained."""
    dataset = from_numpy(np.zeros((1, 2)), name="D-prime", digest="f" * 32)
    client.log_inputs(run_id, [DatasetInput(dataset_entity(dataset))])
    (used,) = client.get_run(run_id).inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("D-prime", "f" * 32)


def test_a_run_is_tagged_with_who_runs_it():
    """Else MLflow's UI shows neither user nor source."""
    tags = with_context_tags({"seed": "0"})
    assert tags["seed"] == "0"
    assert {"mlflow.user", "mlflow.source.name"} <= set(tags)


@pytest.mark.parametrize(
    ("uri", "database"),
    [("sqlite:///a.db", True), ("postgresql+psycopg2://u@h/d", True), ("http://h:5000", False), ("file:///a", False)],
)
def test_mlflow_lists_its_databases(uri, database):
    """Else a database that does not let one in is waited for, for minutes."""
    assert is_database(uri) is database


def test_a_variable_says_where_artifacts_lie_by_default(database_without_runs, tmp_path, mlflow_as_it_was):
    """Else a folder `mlruns` appears where the command is given."""
    shutil.copy(database_without_runs, tmp_path / "mlflow.db")
    root = (tmp_path / "artifacts").as_uri()
    with variables({ARTIFACT_ROOT: root}):
        client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
        location = client.get_experiment(client.create_experiment("any")).artifact_location
    assert location.startswith(root)


def test_no_other_table_of_mlflows_names_a_folder_of_artifacts(database_without_runs):
    """Else a project that was renamed looks for some of its artifacts in the old folder."""
    with closing(sqlite3.connect(database_without_runs)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {(table, row[1]) for table in tables for row in database.execute(f"PRAGMA table_info({table})")}
    known = {(table, column) for table, (_, several) in ARTIFACT_COLUMNS.items() for column in several}
    naming = {(table, column) for table, column in columns if column.endswith(("_uri", "_location", "source"))}
    assert known < columns
    assert naming - known <= {("experiments", "artifact_location"), *NOT_OF_RUNS}


def test_locations_and_tags_are_changed_in_the_tables_and_mlflow_reads_them(client, run_id, tmp_path):
    """Else a project that was renamed goes on writing into the old folder."""
    client.set_tag(run_id, "project", "old")
    before, home = (tmp_path / "old").as_uri(), (tmp_path / "new").as_uri()
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database, database:
        move_experiments(database, before, home)
        for cell in list(artifact_locations(database, before)):
            set_artifact_location(database, cell, home + cell.location[len(before) :])
        replace_tag(database, "project", "old", "new")
    run = client.get_run(run_id)
    assert run.info.artifact_uri.startswith(f"{home}/")
    assert run.data.tags["project"] == "new"
    assert client.get_experiment(run.info.experiment_id).artifact_location == home


def test_a_database_of_another_version_of_mlflow_is_refused(tmp_path):
    """Else `seqpipe doctor` says that runs can be remembered where a run is refused."""
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    MlflowClient(uri).search_experiments()
    verify_schema(uri)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("update alembic_version set version_num = 'another'")
        database.commit()
    with pytest.raises(mlflow.MlflowException, match="database schema"):
        verify_schema(uri)
