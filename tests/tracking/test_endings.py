"""A run that does not come to its end says so, to the user and to MLflow."""

import signal
import subprocess
import time
from contextlib import suppress

import pytest
from mlflow import MlflowClient
from tests.projects import ended, until

# Both are 130 to a shell. An interpreter that was interrupted while it executed a text (as dataclasses do on import)
# ends by the signal itself, whatever was made of the interrupt.
INTERRUPTED = {128 + signal.SIGINT, -signal.SIGINT}
LONG_TRAINING = ("--from-nodes", "lstm.train", "--params", "lstm.training.epochs=100000")


def statuses(project):
    client = MlflowClient(project.database)
    experiment = client.get_experiment_by_name("seqpipe")
    return {run.info.status for run in client.search_runs([experiment.experiment_id])}


def stopped(process, by):
    """Sends a signal, and once more as a user would where it was lost: within an import it may be swallowed."""
    for _ in range(5):
        process.send_signal(by)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            break
    return ended(process)


@pytest.fixture
def in_training(copy_of_finished):
    """Two projects in the middle of a training that would not end."""
    pair = []
    for name in ("one", "other"):
        project = copy_of_finished(name)
        pair.append((project, project.start(*LONG_TRAINING)))
    for _, process in pair:
        until(process, "lstm: train")
    time.sleep(2.0)
    yield pair
    for _, process in pair:
        process.kill()


def test_interrupted_and_terminated_runs_are_killed_ones(in_training):
    for (project, process), (stop, code) in zip(
        in_training, [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, {128 + signal.SIGTERM})], strict=True
    ):
        done = stopped(process, stop)
        assert done.code in code
        assert "Traceback" not in done.out + done.err
        assert "Stopped." in done.err
        assert statuses(project) == {"KILLED"}


def test_the_next_run_ends_what_a_run_that_was_killed_outright_has_left(copy_of_finished):
    project = copy_of_finished()
    process = project.start("--nodes", "linear.train,lstm.train", "--params", "lstm.training.epochs=100000")
    until(process, "lstm: train")
    process.kill()
    process.communicate()
    assert statuses(project) == {"RUNNING", "FINISHED"}
    done = project.kedro_run("--from-nodes", "write_report")
    assert done.code == 0, done.err
    assert "2 runs that an earlier process left unfinished are ended as KILLED" in done.out
    assert statuses(project) == {"KILLED", "FINISHED"}


def test_a_failed_run_is_told_in_a_sentence(copy_of_finished):
    project = copy_of_finished()
    done = project.kedro_run(
        "--from-nodes", "build_dataset", "--to-nodes", "lstm.train", "--params", "lstm.training.learning_rate=1e30"
    )
    assert done.code == 1
    assert "build dataset" in done.out
    last = done.err.strip().splitlines()[-1]
    assert last.startswith("Error: The loss is not finite in epoch ")
    assert "Traceback" not in done.out + done.err
    assert statuses(project) == {"FAILED"}
