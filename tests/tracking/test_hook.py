"""What the tracking hook does where MLflow does not do its part, and where a program runs it."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from mlflow import MlflowClient
from tests.projects import environment

from seqpipe.tracking.hook import TrackingHook

FROM_A_THREAD = """
import sys, threading
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.runner import SequentialRunner
bootstrap_project(Path.cwd())
def run():
    with KedroSession.create(env="test") as session:
        session.run(from_nodes=["svm.train"], to_nodes=["svm.evaluate"], runner=SequentialRunner(is_async=True))
    print("ended well")
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def test_a_run_from_a_thread_that_reads_and_writes_in_others_gives_the_same_bits(finished_project, copy_of_finished):
    project = copy_of_finished()
    done = subprocess.run(
        [sys.executable, "-c", FROM_A_THREAD], cwd=project.folder, env=environment(), capture_output=True, text=True
    )
    assert "ended well" in done.stdout, done.stderr
    for path in ("predictions.parquet", "metrics.json"):
        file = f"08_reporting/svm/{path}"
        assert (project.data / file).read_bytes() == (finished_project.data / file).read_bytes()
    client = MlflowClient(project.database)
    runs = client.search_runs([client.get_experiment_by_name("seqpipe").experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert "accuracy" in {name for run in runs for name in run.data.metrics}


@pytest.fixture
def begun(new_project, tmp_path, mlflow_as_it_was):
    """A hook in the middle of a run, and the project whose table the run has written."""
    project = new_project(tmp_path / "project")
    (project / "table.csv").write_text("a")
    entry = SimpleNamespace(metadata={"mlflow": {"log": "artifact"}}, path=project / "table.csv")
    parameters = {
        "corpus": {"path": None},
        "backbone": {"name": "b", "weights": "w"},
        "runtime": {"device": "cpu", "seed": 0, "threads": 3, "deterministic": True},
    }
    loader = {"mlflow": {"tracking_uri": None, "experiment": None}, "parameters": parameters, "catalog": {}}
    hook = TrackingHook()
    hook.after_context_created(SimpleNamespace(project_path=project, config_loader=loader, _runtime_params=None))
    node = SimpleNamespace(name="write_table", inputs=["params:corpus"], tags=set())
    pipeline = SimpleNamespace(nodes=[node], inputs=lambda: {"params:corpus"}, all_outputs=lambda: {"table"})
    run_params = {"pipeline_names": None, "project_path": str(project), "env": "test"}
    hook.before_pipeline_run(run_params, pipeline, SimpleNamespace(get=lambda name: entry))
    yield hook, project
    hook.on_pipeline_error(RuntimeError())


def test_the_device_tag_says_the_threads_of_the_runs_parameters(begun):
    _, project = begun
    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("seqpipe").experiment_id])
    assert run.data.tags["device"] == "cpu (3 threads)"


def test_outputs_are_kept_with_the_run(begun):
    hook, project = begun
    hook.after_dataset_saved("table", None)
    hook.after_pipeline_run()
    assert [path.read_text() for path in (project / "mlartifacts").rglob("table.csv")] == ["a"]


def test_a_database_that_breaks_in_the_middle_is_told_once_and_costs_no_training(begun, caplog):
    hook, project = begun
    (project / "mlflow.db").write_bytes(b"no database" * 1000)
    for _ in range(2):
        hook.after_dataset_saved("table", None)
    hook.after_pipeline_run()
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "takes no more records" in told
    assert str(project / "data") in told
