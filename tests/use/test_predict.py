"""A run's models answer about files as its evaluation did, there and elsewhere."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from seqpipe.command import main
from seqpipe.commands.asked import asked
from seqpipe.config import RuntimeConfig, SvmConfig
from seqpipe.core.errors import UserError
from seqpipe.data.dataset_file import read_dataset
from seqpipe.media.ingest import tell_remarks
from seqpipe.models.linear.vector import Svm
from seqpipe.models.persist import save_model
from seqpipe.models.registry import default_kinds
from seqpipe.use.bundle import RECORD, bundle_of_run, read_bundle, write_bundle
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_paths
from seqpipe.use.tables import clips_table, segments_of, write_table


def predictor(bundle, parameters, folder):
    """Of a project whose store is empty: everything is read anew."""
    runtime = RuntimeConfig.model_validate(parameters["runtime"])
    return Predictor(bundle, runtime, folder / "store", folder / "probes")


def test_files(data, *within):
    samples = pd.read_parquet(data.joinpath("02_intermediate", *within, "samples.parquet"))
    return samples[samples["split"] == "test"].reset_index(drop=True)


test_files.__test__ = False


def kept(data, *within):
    return pd.read_parquet(data.joinpath("07_model_output", *within, "predictions.parquet"))


@pytest.fixture(scope="session")
def clips(finished_project):
    return test_files(finished_project.data)


@pytest.mark.parametrize("kind", default_kinds())
def test_every_model_answers_with_the_bits_of_its_evaluation(kind, finished_project, clips, raw_parameters, tmp_path):
    bundle = bundle_of_run(finished_project.data, kind, raw_parameters)
    asked = predictor(bundle, raw_parameters, tmp_path)
    answers = asked.predict(listing_of_paths(list(clips["path"]), None, images=False))
    evaluated = kept(finished_project.data, kind).set_index("id")
    paths = clips.set_index("path")["id"]
    assert len(answers.samples) == len(clips) == len(evaluated)
    for path, proba, answer in zip(answers.samples["path"], answers.proba, answers.answers, strict=True):
        row = evaluated.loc[paths[path]]
        assert proba.tolist() == [row[f"p_{name}"] for name in asked.model.class_names]
        assert asked.model.class_names[int(answer)] == row["predicted"]


def test_a_model_of_all_frames_in_a_row_answers_shorter_and_longer_clips(finished_project, raw_parameters, tmp_path):
    """Its vectors have a size, whatever clips are asked about."""
    dataset = read_dataset(finished_project.data / "05_model_input/dataset.parquet")
    config = SvmConfig.model_validate(raw_parameters["svm"] | {"pooling": "concat", "grid": {}})
    model = Svm(config, RuntimeConfig.model_validate(raw_parameters["runtime"]))
    model.fit(dataset.part("train"), dataset.part("val"))
    save_model(model, tmp_path / "svm")
    bundle = replace(bundle_of_run(finished_project.data, "svm", raw_parameters), model=tmp_path / "svm")
    assert bundle.frames == dataset.mask.shape[1]
    for count in (2, 30):
        folder = tmp_path / f"clip{count}"
        folder.mkdir()
        for n in range(count):
            Image.new("RGB", (40, 40), (8 * n, 0, 0)).save(folder / f"{n}.png")
    listing = listing_of_paths([str(tmp_path / "clip2"), str(tmp_path / "clip30")], None, images=False)
    answers = predictor(bundle, raw_parameters, tmp_path).predict(listing)
    assert [len(times) for times in answers.times_s] == [2, bundle.frames]
    assert all(proba.sum() == pytest.approx(1.0) for proba in answers.proba)
    alone = predictor(bundle, raw_parameters, tmp_path).predict(listing[:1])
    # Its last bits depend on how many are multiplied at once.
    np.testing.assert_allclose(alone.proba[0], answers.proba[0], rtol=1e-9, atol=1e-12)


def test_a_copied_folder_answers_the_same_elsewhere(finished_project, clips, raw_parameters, tmp_path):
    bundle = bundle_of_run(finished_project.data, None, raw_parameters)
    write_bundle(bundle, tmp_path / "there")
    copied = read_bundle(tmp_path / "there")
    assert copied.mib == pytest.approx(bundle.mib, rel=0.01)
    assert not any(str(finished_project.folder) in str(folder) for folder in (copied.model, copied.encoder))
    listing = listing_of_paths(list(clips["path"][:4]), None, images=False)
    here = predictor(bundle, raw_parameters, tmp_path / "a").predict(listing)
    there = predictor(copied, raw_parameters, tmp_path / "b").predict(listing)
    np.testing.assert_array_equal(here.proba, there.proba)
    with pytest.raises(UserError, match="exists already"):
        write_bundle(bundle, tmp_path / "there")


def test_a_bundle_of_before_there_were_streams_reads_frames(finished_project, raw_parameters, tmp_path):
    bundle = bundle_of_run(finished_project.data, "svm", raw_parameters)
    write_bundle(bundle, tmp_path / "there")
    record = tmp_path / "there" / RECORD
    told = json.loads(record.read_text())
    for group, name in (("clip", "stream"), ("clip", "flow_side"), ("corpus", "columns")):
        del told["settings"][group][name]
    record.write_text(json.dumps(told))
    opened = predictor(read_bundle(tmp_path / "there"), raw_parameters, tmp_path)
    assert opened.bundle.settings["clip"] == bundle.settings["clip"]


def test_the_best_on_val_is_taken(finished_project, raw_parameters):
    board = pd.read_csv(finished_project.data / "08_reporting/leaderboard.csv")
    best = board.loc[board["val_accuracy"].idxmax(), "model"]
    assert bundle_of_run(finished_project.data, None, raw_parameters).model.name == best
    with pytest.raises(UserError, match=r"Unknown model 'lsmt'.*lstm"):
        bundle_of_run(finished_project.data, "lsmt", raw_parameters)


def test_the_fine_tuned_cnn_answers_too(transferred_project, raw_parameters, tmp_path):
    data = transferred_project.data
    bundle = bundle_of_run(data, "finetune", raw_parameters)
    files = test_files(data, "finetune")
    answers = predictor(bundle, raw_parameters, tmp_path).predict(
        listing_of_paths(list(files["path"]), None, images=True)
    )
    evaluated = kept(data, "finetune").set_index("id")
    ids = files.set_index("path")["id"]
    for path, proba in zip(answers.samples["path"], answers.proba, strict=True):
        row = evaluated.loc[ids[path]]
        assert proba.max() == row["confidence"]


def test_labels_by_frame_become_segments(labelled_project, raw_parameters, tmp_path):
    data = labelled_project.data
    bundle = bundle_of_run(data, "lstm", raw_parameters, "frame_labels")
    files = test_files(data, "frame_labels")
    asked = predictor(bundle, raw_parameters, tmp_path)
    answers = asked.predict(listing_of_paths(list(files["path"]), None, images=False))
    exported = pd.read_csv(data / "08_reporting/frame_labels/lstm/exports/segments.csv")
    ids = files.set_index("path")["id"]
    told = segments_of(answers, asked.model.class_names)
    told = told.assign(id=told["path"].map(ids)).sort_values(["id", "start_s"], ignore_index=True)
    exported = exported.sort_values(["id", "start_s"], ignore_index=True)
    assert told["label"].tolist() == exported["label"].tolist()
    np.testing.assert_allclose(told[["start_s", "end_s"]], exported[["start_s", "end_s"]], atol=1e-6)


def test_what_paths_may_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/1.png", "a/2.png", "b/c/3.png", "b/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(file) if file.suffix == ".png" else file.write_text("no sample")
    (tmp_path / "list.csv").write_text("path,label\na/1.png,x\nb/c/3.png,y\n")

    def named(*paths, images=True):
        return listing_of_paths(paths, None, images)["id"].tolist()

    assert named("a/1.png", "a") == ["a/1.png", "a/2.png"]
    assert named(".") == ["a/1.png", "a/2.png", "b/c/3.png"]
    assert named(".", images=False) == ["a", "b/c"]
    assert named("**/*.png") == ["a/1.png", "a/2.png", "b/c/3.png"]
    (tmp_path / "a/clip.mp4").write_bytes(b"a video")
    assert named("a", images=False) == ["a/clip.mp4"], "pictures beside videos are none of its frames"
    assert named("list.csv") == ["a/1.png", "b/c/3.png"]
    for wrong, said in (("no", "does not exist"), ("*.mp4", "no file has a name")):
        with pytest.raises(UserError, match=said):
            named(wrong)


def test_the_command_answers_what_it_can_and_says_what_it_cannot(copy_of_finished, clips, tmp_path, monkeypatch):
    project = copy_of_finished()
    monkeypatch.chdir(project.folder)
    corpus = tmp_path / "new"
    corpus.mkdir()
    shutil.copy(clips["path"][0], corpus / "fine.mp4")
    (corpus / "broken.mp4").write_bytes(b"no video")
    done = CliRunner().invoke(main, ["predict", str(corpus), "--out", "told/new.json", "--env", "test"])
    assert done.exit_code == 0, done.stderr
    (told,) = json.loads((project.folder / "told/new.json").read_text())
    assert Path(told["path"]).name == "fine.mp4"
    assert told["probability"] >= told["probability_2"] >= told["probability_3"]
    assert "1 of 2 files are answered" in done.stderr
    assert "broken.mp4: unreadable" in done.stderr
    alone = CliRunner().invoke(main, ["predict", str(corpus / "broken.mp4"), "--env", "test"])
    assert alone.exit_code == 3


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_tables_are_written_whole(ending, tmp_path):
    table = pd.DataFrame({"path": ["ä.mp4"], "label": ["上"], "probability": [0.1]})
    write_table(table, tmp_path / f"out{ending}")
    read = {".csv": pd.read_csv, ".json": pd.read_json, ".parquet": pd.read_parquet}[ending]
    pd.testing.assert_frame_equal(read(tmp_path / f"out{ending}"), table, check_dtype=False)


def test_without_answers_the_table_has_its_columns(finished_project, raw_parameters, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    asked = predictor(bundle_of_run(finished_project.data, "svm", raw_parameters), raw_parameters, tmp_path)
    answers = asked.predict(listing_of_paths([str(tmp_path / "broken.mp4")], None, images=False))
    assert list(answers.quarantine["reason"]) == ["unreadable"]
    assert list(clips_table(answers, asked.model.class_names)) == ["path", "label", "probability", "flag"]


def test_outside_a_project_a_folder_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="is no project"):
        asked(None, None, "local")
    with pytest.raises(UserError, match="holds no model"):
        read_bundle(tmp_path)


def test_what_is_read_otherwise_than_it_lies_is_told(caplog):
    tell_remarks(pd.DataFrame({"id": ["a", "b"], "remark": ["", "It is read as far as 5 tokens."]}))
    assert "1 sample(s), first b: It is read as far as 5 tokens." in caplog.text
