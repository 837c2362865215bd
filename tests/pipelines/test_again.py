"""Running again: the same bits, nothing extracted twice, from any node, two at once."""

import json
import re
import shutil

import pandas as pd
import pytest
from filelock import FileLock
from tests.projects import ended, make_project, until

from seqpipe.models.registry import default_kinds
from seqpipe.tracking.lock import LOCK_NAME

WEIGHTS = "06_models/lstm/weights.safetensors"
SAME_BYTES = [
    WEIGHTS,
    "03_primary/backbone/backbone.safetensors",
    "05_model_input/dataset.parquet",
    *(f"08_reporting/{kind}/predictions.parquet" for kind in default_kinds()),
    *(f"08_reporting/{kind}/metrics.json" for kind in default_kinds()),
]
# What is drawn of them is drawn by the first run, and takes longer than they do.
TO_RESULTS = ("--to-nodes", "compare_models")


def assert_same_results(one, other):
    for path in SAME_BYTES:
        assert (one.data / path).read_bytes() == (other.data / path).read_bytes(), path
    left, right = (pd.read_csv(p.data / "08_reporting/leaderboard.csv") for p in (one, other))
    kept = [name for name in left if name not in ("fit_seconds", "peak_memory_mb")]
    pd.testing.assert_frame_equal(left[kept], right[kept])


@pytest.mark.slow
def test_a_second_run_extracts_nothing_and_a_third_waits_for_it(finished_project, copy_of_finished):
    again = copy_of_finished()
    second = again.start(*TO_RESULTS)
    said = until(second, "[ 1/")
    third = again.start("--from-nodes", "compare_models", *TO_RESULTS)
    second, third = ended(second), ended(third)
    assert (second.code, third.code) == (0, 0), second.err + third.err
    assert re.search(r"Features of (\d+) samples: \1 in the store, 0 to extract\.", said + second.out)
    assert "Training shufflenet" not in second.out
    assert "Another run is at work" in third.out
    assert "compare models" in third.out
    assert "train" not in third.out
    # Kedro's plugins have something to say on runs of a part.
    assert third.err == ""
    assert_same_results(finished_project, again)


def test_what_another_run_is_about_to_write_is_waited_for(copy_of_finished, tmp_path):
    project = copy_of_finished()
    away = project.data.rename(tmp_path / "away")
    with FileLock(project.folder / LOCK_NAME):
        waiting = project.start("--from-nodes", "compare_models", *TO_RESULTS)
        until(waiting, "Another run is at work")
        shutil.rmtree(project.data, ignore_errors=True)
        away.rename(project.data)
    done = ended(waiting)
    assert done.code == 0, done.err


@pytest.mark.slow
def test_a_clean_folder_gives_the_same_bits_while_another_project_writes_to_the_same_database(
    finished_project, copy_of_finished, tmp_path
):
    clean, other = make_project(tmp_path / "clean"), copy_of_finished("other")
    for project in (clean, other):
        shared = f"tracking_uri: sqlite:///{tmp_path}/shared.db\nexperiment: together\n"
        (project.folder / "conf/test/mlflow.yml").write_text(shared)
    long = clean.start(*TO_RESULTS)
    until(long, "[ 1/")
    short = ended(other.start("--from-nodes", "svm.train", *TO_RESULTS, "--params", "svm.kernel=rbf"))
    long = ended(long)
    assert (long.code, short.code) == (0, 0), long.err + short.err
    assert_same_results(finished_project, clean)
    assert read_kernel(other) == "rbf"
    assert read_kernel(clean) == "linear"


def read_kernel(project):
    return json.loads((project.data / "06_models/svm/model.json").read_text())["config"]["kernel"]


def test_a_run_killed_while_extracting_is_taken_up_again(finished_project, copy_of_finished):
    project = copy_of_finished()
    for path in (project.data / "04_feature/store").rglob("*"):
        if path.is_file():
            path.unlink()
    part = ("--from-nodes", "extract_features", "--to-nodes", "build_dataset")
    killed = project.start(*part)
    until(killed, "Features of")
    killed.kill()
    killed.communicate()
    again = project.kedro_run(*part)
    assert again.code == 0, again.err
    dataset = "05_model_input/dataset.parquet"
    assert (project.data / dataset).read_bytes() == (finished_project.data / dataset).read_bytes()
