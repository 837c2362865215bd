"""`seqpipe reproduce` for real: a run of a small corpus, repeated after one thing or another has changed."""

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from mlflow import MlflowClient
from tests.projects import environment, git, make_project

pytestmark = pytest.mark.slow

NODES = ("--to-nodes", "linear.evaluate")


@pytest.fixture(scope="module")
def repeated(finished_project, tmp_path_factory):
    """A project in a git checkout with a corpus of its own, a run of it, and a way to repeat that."""
    folder = tmp_path_factory.mktemp("reproduce")
    project = make_project(folder / "project")
    git(project.folder, "init", "--quiet")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "--quiet", "-m", "start")
    shutil.copytree(finished_project.data / "03_primary/source_backbones", project.data / "03_primary/source_backbones")
    corpus = folder / "corpus"
    for label in ("left", "right"):
        (corpus / label).mkdir(parents=True)
        for clip in sorted((finished_project.data / f"01_raw/moving_digits/{label}").glob("*.mp4"))[:12]:
            shutil.copy(clip, corpus / label)
    done = project.kedro_run(*NODES, "--params", f"corpus.path={corpus}")
    assert done.code == 0, done.out + done.err
    client = MlflowClient(project.database)
    experiment = client.get_experiment_by_name("seqpipe").experiment_id

    def reproduce(*arguments, run=None):
        command = [sys.executable, "-m", "seqpipe", "reproduce", run or run_id, "--env", "test", *arguments]
        return subprocess.run(command, cwd=project.folder, env=environment(), capture_output=True, text=True)

    def tops():
        found = client.search_runs([experiment], order_by=["start_time DESC"])
        return [one for one in found if "mlflow.parentRunId" not in one.data.tags]

    run_id = tops()[0].info.run_id
    return SimpleNamespace(**{k: v for k, v in locals().items() if k in KEPT})


KEPT = ("project", "corpus", "client", "reproduce", "tops", "run_id")


def test_the_same_again_is_the_same_bits(repeated):
    done = repeated.reproduce("--cold")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Code, packages, machine and data are what they were." in done.stdout
    assert "Same bits: 7 stages" in done.stdout
    latest = repeated.tops()[0]
    assert latest.data.tags["reproduces"] == repeated.run_id
    assert latest.data.tags["verdict"].startswith("Same bits")
    assert len(git(repeated.project.folder, "worktree", "list").splitlines()) == 1
    assert git(repeated.project.folder, "status", "--porcelain") == ""


def test_another_seed_by_hand_is_named(repeated):
    done = repeated.reproduce("--params", "runtime.seed=1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Not the same: samples of `samples` differs (in another split: " in done.stdout
    assert "explained by: parameter runtime.seed: 0 -> 1." in done.stdout


def test_another_number_of_threads_is_named(repeated):
    done = repeated.reproduce("--params", "runtime.threads=2", "--cold")
    assert done.returncode in (0, 3), done.stdout + done.stderr
    # Whether the bits differ is the processor's to say; what is told must fit them.
    if done.returncode == 3:
        assert "explained by: parameter runtime.threads: 1 -> 2." in done.stdout
    else:
        assert "Same bits" in done.stdout


def test_an_edited_video_is_named(repeated):
    (clip, *_), (other, *_) = (sorted((repeated.corpus / label).glob("*.mp4")) for label in ("left", "right"))
    before = clip.read_bytes()
    clip.write_bytes(other.read_bytes()[:-1] + b"\0")
    try:
        done = repeated.reproduce()
    finally:
        clip.write_bytes(before)
    assert done.returncode == 3, done.stdout + done.stderr
    name = f"left/{clip.name}"
    assert f"data changed: as it was -> {name} (1)" in done.stdout
    assert f"samples of `samples` differs (of other content: {name} (1)" in done.stdout


def test_a_video_that_is_gone_is_named(repeated):
    clip = sorted((repeated.corpus / "right").glob("*.mp4"))[-1]
    before = clip.read_bytes()
    clip.unlink()
    try:
        done = repeated.reproduce()
    finally:
        clip.write_bytes(before)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"data gone: there -> right/{clip.name} (1)" in done.stdout
    assert f"gone: right/{clip.name} (1)" in done.stdout.partition("Not the same")[2]


def test_a_package_of_another_version_is_named(repeated):
    """Simulated: the record says that the run had another one."""
    (file,) = (repeated.project.folder / "mlartifacts").rglob(f"{repeated.run_id}/artifacts/record/record.json")
    before = file.read_text()
    told = json.loads(before)
    told["packages"]["numpy"] = "1.0.0"
    file.write_text(json.dumps(told))
    try:
        done = repeated.reproduce()
    finally:
        file.write_text(before)
    assert done.returncode == 0, "the bits are the same all the same: " + done.stdout + done.stderr
    assert "package numpy: 1.0.0 -> " in done.stdout


def test_what_was_not_committed_is_part_of_the_run(repeated):
    parameters = repeated.project.folder / "conf/test/parameters/tiny.yml"
    before = parameters.read_text()
    parameters.write_text(before.replace("frames: 6", "frames: 5"))
    assert parameters.read_text() != before
    done = repeated.project.kedro_run(*NODES, "--params", f"corpus.path={repeated.corpus}")
    assert done.code == 0, done.out + done.err
    run = repeated.tops()[0].info.run_id
    parameters.write_text(before)
    again = repeated.reproduce(run=run)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Same bits" in again.stdout
    assert parameters.read_text() == before


def test_a_commit_that_is_gone_cannot_be_repeated(repeated):
    """In a clone of the project that has another history."""
    folder = repeated.project.folder
    commit = git(folder, "rev-parse", "HEAD")
    (folder / ".git").rename(folder / ".git.away")
    try:
        git(folder, "init", "--quiet")
        done = repeated.reproduce()
    finally:
        shutil.rmtree(folder / ".git")
        (folder / ".git.away").rename(folder / ".git")
    assert done.returncode == 2
    assert f"Cannot be reproduced: The commit {commit[:12]}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("run", "said"), [("0" * 32, "There is no run 0000"), ("no-id", "There is no run no-id")])
def test_a_run_that_is_not_there_cannot_be_repeated(repeated, run, said):
    done = repeated.reproduce(run=run)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_corpus_that_is_gone_cannot_be_read_again(repeated):
    repeated.corpus.rename(f"{repeated.corpus}.away")
    try:
        done = repeated.reproduce()
    finally:
        (repeated.corpus.parent / f"{repeated.corpus.name}.away").rename(repeated.corpus)
    assert done.returncode == 2
    assert "The corpus of that run is not there any more" in done.stderr


def test_a_run_from_the_middle_is_repeated_from_what_it_began_with(repeated):
    done = repeated.project.kedro_run("--from-nodes", "linear.train", *NODES)
    assert done.code == 0, done.out + done.err
    run = repeated.tops()[0].info.run_id
    again = repeated.reproduce(run=run)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Same bits: 4 stages" in again.stdout
    dataset = repeated.project.data / "05_model_input/dataset.parquet"
    before = dataset.read_bytes()
    dataset.write_bytes(before + b"!")
    late = repeated.reproduce(run=run)
    dataset.write_bytes(before)
    assert late.returncode == 2
    assert "began with `dataset`" in late.stderr
