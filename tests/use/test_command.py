"""``seqpipe predict`` as it is typed: what it writes, and how it goes on after it was ended."""

import json
import subprocess
import sys
import time

import pandas as pd
import pytest
from click.testing import CliRunner
from tests.projects import environment

from seqpipe.command import main
from seqpipe.extraction.store import ShardWriter
from seqpipe.media.corpora.elan import read_eaf
from seqpipe.use.bundle import bundle_of_run, write_bundle

SLOWLY = """
import sys, time
from seqpipe.extraction import store
add = store.ShardWriter.add
def slowly(*given):
    add(*given)
    time.sleep(0.25)
store.ShardWriter.add = slowly
from seqpipe.command import main
main(sys.argv[1:])
"""
"""The command, at a pace at which it can be ended in the middle."""


@pytest.fixture
def bundled(finished_project, raw_parameters, tmp_path):
    """A bundle that puts each sample into the store by itself, and the paths of 12 samples."""
    write_bundle(bundle_of_run(finished_project.data, "svm", raw_parameters), tmp_path / "bundle")
    record = tmp_path / "bundle/bundle.json"
    told = json.loads(record.read_text())
    told["settings"]["features"]["shard_samples"] = 1
    record.write_text(json.dumps(told))
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet")
    return tmp_path / "bundle", samples.drop_duplicates("sha256")["path"].tolist()[:12]


def until(condition, process):
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_a_call_outside_of_a_project_goes_on_where_it_was_killed(bundled, tmp_path):
    bundle, paths = bundled
    where = {"cwd": tmp_path, "env": environment() | {"SEQPIPE_CACHE": str(tmp_path / "kept")}, "text": True}
    command = ["predict", *paths, "--model", str(bundle), "--out", "answers.csv"]

    def shards():
        return {file: file.stat().st_mtime_ns for file in (tmp_path / "kept").rglob("shards/*.parquet")}

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, *command], **pipes, **where)
    until(lambda: len(shards()) >= 2, process)
    process.kill()
    process.communicate()
    assert not (tmp_path / "answers.csv").exists()
    done = shards()
    assert 2 <= len(done) < 12
    again = subprocess.run([sys.executable, "-m", "seqpipe", *command], capture_output=True, **where)
    assert again.returncode == 0, again.stderr
    assert f"{len(done)} in the store, {12 - len(done)} to extract" in again.stderr
    assert {file: stamp for file, stamp in shards().items() if file in done} == done
    assert len(shards()) == len(pd.read_csv(tmp_path / "answers.csv")) == 12


def test_ctrl_c_keeps_what_was_done(bundled, tmp_path, monkeypatch):
    bundle, paths = bundled
    monkeypatch.chdir(tmp_path)
    add, count = ShardWriter.add, iter(range(12))

    def interrupted(*given):
        if next(count) == 5:
            raise KeyboardInterrupt
        add(*given)

    monkeypatch.setattr(ShardWriter, "add", interrupted)
    told = typed(*paths, "--model", bundle, "--cache", "cache")
    assert told.exit_code == 130
    assert told.stderr.endswith("Stopped.\n")
    done = {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").rglob("shards/*.parquet")}
    assert len(done) == 5
    monkeypatch.setattr(ShardWriter, "add", add)
    assert typed(*paths, "--model", bundle, "--cache", "cache").exit_code == 0
    now = {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").rglob("shards/*.parquet")}
    assert len(now) == 12
    assert done.items() <= now.items()


def typed(*arguments):
    return CliRunner().invoke(main, ["predict", *map(str, arguments)])


def test_a_cache_is_where_it_is_asked_for(bundled, tmp_path, monkeypatch):
    bundle, paths = bundled
    monkeypatch.chdir(tmp_path)
    told = typed(paths[0], "--model", bundle, "--cache", "mine")
    assert told.exit_code == 0, told.output
    assert "1 of 1" not in told.stdout
    assert "flag" in told.stdout
    assert len(list((tmp_path / "mine").rglob("*.parquet"))) == 1


@pytest.fixture
def labelled_bundle(labelled_project, raw_parameters, tmp_path):
    """A bundle of labels by frame, and a folder in which two videos have one name."""
    write_bundle(bundle_of_run(labelled_project.data, "linear", raw_parameters, "frame_labels"), tmp_path / "bundle")
    samples = pd.read_parquet(labelled_project.data / "02_intermediate/frame_labels/samples.parquet")
    for name, path in zip(("a", "b"), samples["path"], strict=False):
        (tmp_path / "videos" / name).mkdir(parents=True)
        (tmp_path / "videos" / name / "clip.mp4").symlink_to(path)
    return tmp_path / "bundle"


def test_segments_become_a_file_a_video(labelled_bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--model", labelled_bundle, "--cache", "cache")
    (tmp_path / "videos/broken.mp4").write_bytes(b"no video")
    subtitles = typed("videos", *options, "--as", "srt", "--out", "videos")
    assert subtitles.exit_code == 0, subtitles.output
    assert "2 of 3 files are answered in videos" in subtitles.stderr
    written = {file.relative_to(tmp_path / "videos").as_posix() for file in tmp_path.rglob("*.srt")}
    assert written == {"a/clip.srt", "b/clip.srt"}
    assert " --> " in (tmp_path / "videos/a/clip.srt").read_text()
    again = typed("videos", *options, "--as", "srt", "--out", "videos")
    assert again.exit_code == 1
    assert "exists already" in again.output
    elan = typed("videos/a/clip.mp4", *options, "--as", "eaf", "--out", "elan")
    assert elan.exit_code == 0, elan.output
    table = typed("videos/a/clip.mp4", *options, "--out", "table.csv")
    assert table.exit_code == 0, table.output
    _, marks = read_eaf(tmp_path / "elan/clip.eaf")
    rows = pd.read_csv(tmp_path / "table.csv")
    assert [mark.label for mark in marks.marks] == rows["label"].tolist()
    assert "flag" in rows


def test_a_file_a_video_is_refused_where_there_are_no_segments(bundled, tmp_path, monkeypatch):
    bundle, paths = bundled
    monkeypatch.chdir(tmp_path)
    for options, said in (
        (("--as", "srt", "--out", "there"), "needs labels by frame"),
        (("--as", "srt"), "name a folder for them by --out"),
        (("--out", "clip.srt"), "--as srt"),
        (("--out", "clip.txt"), "ending of --out"),
    ):
        told = typed(paths[0], "--model", bundle, *options)
        assert told.exit_code == 1, told.output
        assert said in told.output
    assert not (tmp_path / "there").exists()
