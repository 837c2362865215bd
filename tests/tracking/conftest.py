"""The runs that the finished project has left in MLflow."""

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
