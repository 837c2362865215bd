"""Labels by frame, from annotated videos to segments."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from seqpipe.config import CorpusConfig, RuntimeConfig, check_parameters
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.elan import read_eaf
from seqpipe.pipelines.task.nodes import list_annotated, probe_annotated


@pytest.fixture
def reporting(labelled_project):
    return labelled_project.data / "08_reporting/frame_labels"


def test_the_models_are_judged_by_frames_and_by_segments(reporting):
    board = pd.read_csv(reporting / "leaderboard.csv")
    assert set(board["model"]) == {"linear", "rnn", "gru", "lstm"}
    assert (board["n_test"] == 4).all()
    for score in ("accuracy", "macro_f1", "edit", "f1_10", "f1_25", "f1_50"):
        assert board[score].between(0, 1).all()


def test_predictions_lie_on_disk_a_row_a_step_of_the_test_videos(labelled_project):
    table = pd.read_parquet(labelled_project.data / "07_model_output/frame_labels/lstm/predictions.parquet")
    assert set(table["split"]) == {"test"}
    assert table.groupby("id").size().tolist() == [24] * 4  # 4 seconds at 6 steps a second
    assert set(table["label"]) <= set(table.filter(like="p_").columns.str.removeprefix("p_"))


def test_segments_are_a_table_and_files_of_elan(reporting):
    segments = pd.read_csv(reporting / "lstm/exports/segments.csv")
    assert (segments["start_s"] < segments["end_s"]).all()
    files = sorted((reporting / "lstm/exports").glob("*.eaf"))
    assert len(files) == 4
    name, marks = read_eaf(files[0], "predicted")
    own = segments[segments["id"].str.endswith(name.rpartition("/")[2])]
    assert [mark.label for mark in marks.marks] == own["label"].tolist()
    assert read_eaf(files[0], "true")[1].marks


def test_the_report_has_timelines_and_every_video(reporting):
    page = (reporting / "report.html").read_text()
    for shown in ("action sequences", "Timelines", "F1@50", "By sample", "steps of", "edit score"):
        assert shown in page


def test_the_screen_and_mlflow_are_told(labelled_project):
    assert "f1_50" in labelled_project.run.out
    client = mlflow.MlflowClient(labelled_project.database)
    runs = client.search_runs([client.get_experiment_by_name("seqpipe").experiment_id])
    assert {"linear", "rnn", "gru", "lstm"} <= {run.info.run_name for run in runs}
    assert any("f1_50" in run.data.metrics for run in runs)


def test_a_run_from_the_predictions_on_disk_needs_no_model(labelled_project, tmp_path):
    judging = "frame_labels.lstm.evaluate,frame_labels.lstm.draw"
    (labelled_project.data / "06_models/frame_labels/lstm").rename(tmp_path / "lstm")
    try:
        done = labelled_project.kedro_run("--pipeline", "frame_labels", "--nodes", judging)
    finally:
        (tmp_path / "lstm").rename(labelled_project.data / "06_models/frame_labels/lstm")
    assert done.code == 0, done.err


def test_columns_that_no_score_is_told_over_are_refused(raw_parameters, tmp_path):
    corpus = CorpusConfig(**(raw_parameters["corpus"] | {"columns": ["site"]}))
    with pytest.raises(UserError, match=r"corpus\.columns names site, and scores of frame_labels are told over no"):
        list_annotated(corpus, RuntimeConfig(**raw_parameters["runtime"]), tmp_path, task="frame_labels")


def test_rows_of_recordings_are_labelled_where_they_were_recorded(raw_parameters, tmp_path):
    at = np.concatenate([np.arange(50), 100 + np.arange(50)]) / 25
    for name in "abcdef":
        rows = (f"{time},{time * ord(name)}" for time in at)
        (tmp_path / f"{name}.csv").write_text("\n".join(["time,x", *rows]))
    lines = [
        f"{name}.csv,{start},{start + 50},{label}" for name in "abcdef" for start, label in ((0, "up"), (50, "down"))
    ]
    (tmp_path / "marks.csv").write_text("\n".join(["path,start,end,label", *lines]))
    raw_parameters["corpus"] |= {"path": str(tmp_path / "marks.csv"), "modality": "motion"}
    stages = check_parameters(raw_parameters)
    groups = {name: stages[name] for name in ("frame_labels", "motion", "clip")}
    given = stages["corpus"], stages["runtime"]
    listing, marks = list_annotated(*given, tmp_path, task="frame_labels", **groups)
    samples, annotations, quarantine = probe_annotated(
        listing, marks, *given, tmp_path / "probes", task="frame_labels", **groups
    )
    assert len(samples) == 6, quarantine
    assert annotations.groupby("label")[["start_s", "end_s"]].mean().loc["down"].tolist() == pytest.approx([4, 6])
    assert annotations.groupby("label")[["start_s", "end_s"]].mean().loc["up"].tolist() == pytest.approx([0, 2])
