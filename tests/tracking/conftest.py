"""The runs that the finished project has left in MLflow, and databases without runs."""

import shutil
from types import SimpleNamespace

import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID as PARENT


@pytest.fixture(scope="session")
def tracked(finished_project):
    """client, parent, children by name, trials by the child's name, models by name."""
    client = MlflowClient(finished_project.database)
    experiment = client.get_experiment_by_name("seqpipe")
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if PARENT not in run.data.tags]
    children = {run.info.run_name: run for run in runs if run.data.tags.get(PARENT) == parent.info.run_id}
    trials = {
        name: [run for run in runs if run.data.tags.get(PARENT) == child.info.run_id]
        for name, child in children.items()
    }
    models = {model.name: model for model in client.search_logged_models([experiment.experiment_id])}
    return SimpleNamespace(client=client, parent=parent, children=children, trials=trials, models=models, runs=runs)


@pytest.fixture(scope="session")
def database_without_runs(tmp_path_factory):
    """An sqlite file with MLflow's tables, which take MLflow seconds to make."""
    folder = tmp_path_factory.mktemp("database")
    MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def new_project(database_without_runs):
    """Makes a project's folder, with a database without runs."""

    def make(folder):
        folder.mkdir()
        shutil.copy(database_without_runs, folder / "mlflow.db")
        return folder

    return make
