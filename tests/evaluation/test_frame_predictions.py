"""Labels by frame: tables and metrics of videos whose answers are known."""

import pandas as pd
import pytest
from tests.evaluation.frame_tables import predictions

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.figures.timelines import timelines
from seqpipe.evaluation.frame_predictions import (
    SCORES,
    frame_metrics,
    segments_table,
    video_scores,
)

CONFIG = EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=10, mistakes=2)


def test_there_is_a_row_a_frame_that_is_there():
    table = predictions(["012", "1."], ["012", "22"])
    assert table["id"].tolist() == ["v0", "v0", "v0", "v1", "v1"]
    assert table["label"].tolist() == ["rest", "run", "walk", "run", ""]
    assert table["predicted"].tolist() == ["rest", "run", "walk", "walk", "walk"]
    assert table["correct"].tolist() == [True, True, True, False, False]
    assert table["confidence"].to_numpy() == pytest.approx(0.8)
    assert table.filter(like="p_").sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_videos_are_scored_one_by_one_worst_first():
    scores = video_scores(predictions(["0011", "1122", "..."], ["0011", "1222", "111"]), background=[])
    assert scores["id"].tolist() == ["v1", "v0"]
    assert scores["accuracy"].tolist() == [0.75, 1.0]
    assert scores["f1_50"].tolist() == [1.0, 1.0]


def test_metrics_are_means_over_videos_with_intervals_over_groups():
    table = predictions(["0011", "1122", "1111"], ["0011", "1122", "2222"], groups=["a", "a", "b"])
    metrics = frame_metrics(table, CONFIG, seed=0, background=[])
    assert metrics["accuracy"] == pytest.approx(2 / 3)
    assert metrics["pooled_accuracy"] == pytest.approx(8 / 12)
    assert (metrics["accuracy_low"], metrics["accuracy_high"]) == (0.0, 1.0)
    assert (metrics["n_test"], metrics["n_groups"], metrics["n_labelled"]) == (3, 2, 12)
    assert metrics["chance"] == pytest.approx(8 / 12)
    for score in SCORES:
        assert metrics[f"{score}_low"] <= metrics[score] <= metrics[f"{score}_high"]


def test_the_background_is_scored_as_a_frame_but_not_as_a_segment():
    table = predictions(["00110"], ["01110"])
    assert frame_metrics(table, CONFIG, seed=0, background=["rest"])["edit"] == 1.0
    assert frame_metrics(table, CONFIG, seed=0, background=["rest"])["accuracy"] == 0.8
    assert frame_metrics(predictions(["0011"], ["1111"]), CONFIG, seed=0, background=[])["edit"] == 0.5


def test_segments_meet_half_way_between_their_frames():
    segments = segments_table(predictions(["0011"], ["0112"]))
    assert segments[["start_s", "end_s", "label"]].values.tolist() == [
        [0.0, 1.0, "rest"], [1.0, 3.0, "run"], [3.0, 4.0, "walk"],
    ]  # fmt: skip
    assert segments["confidence"].to_numpy() == pytest.approx(0.8)


def test_segments_of_a_video_of_one_frame():
    assert segments_table(predictions(["0"], ["1"]))["label"].tolist() == ["run"]


def test_timelines_draw_every_video_the_same_way_each_time():
    table = predictions(["0011", "12..."], ["0111", "12222"])
    first, second = (png_bytes(timelines(table, ["v1", "v0"], ["rest"])) for _ in range(2))
    assert first == second
    assert first != png_bytes(timelines(table, ["v0", "v1"], ["rest"]))
    assert isinstance(table, pd.DataFrame)


def test_where_nothing_is_labelled_there_is_nothing_to_judge_by():
    with pytest.raises(UserError, match="None of these 2 videos has a labelled frame"):
        video_scores(predictions(["...", ".."], ["001", "11"]), background=[])
