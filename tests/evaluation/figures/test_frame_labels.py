"""What is drawn of a model that labels frames."""

import io

import pandas as pd
import pytest
from PIL import Image
from tests.evaluation.frame_tables import predictions

from seqpipe.evaluation.figures import frame_labels
from seqpipe.evaluation.figures.frame_labels import TIMELINES, frame_figures

NO_TRIALS = pd.DataFrame({"trial": [0], "val_macro_f1": [0.5]})
NO_HISTORY = pd.DataFrame()


@pytest.fixture
def table():
    return predictions(["0011", "12..", "1122"], ["0111", "1222", "2211"])


def test_each_is_a_picture_and_the_same_each_time(table):
    first, second = (frame_figures(table, NO_TRIALS, NO_HISTORY, ["rest"]) for _ in range(2))
    assert list(first) == ["timelines", "confusion_matrix"]
    assert first == second
    for png in first.values():
        assert Image.open(io.BytesIO(png)).format == "PNG"


def test_training_and_its_trials_are_drawn_where_there_were_any(table):
    scores = {f"val_{score}": [0.5, 0.6] for score in ("accuracy", "macro_f1", "log_loss")}
    trials = pd.DataFrame({"trial": [0, 1], "param.C": [0.1, 1.0], **scores})
    history = pd.DataFrame({
        "epoch": [1, 2], "train_loss": [1.0, 0.5], "val_loss": [1.1, 0.9],
        "train_accuracy": [0.4, 0.7], "val_accuracy": [0.4, 0.5],
    })  # fmt: skip
    assert set(frame_figures(table, trials, history, [])) == {
        "timelines", "confusion_matrix", "trials", "learning_curves",
    }  # fmt: skip


@pytest.mark.parametrize("videos", [1, TIMELINES, 4 * TIMELINES])
def test_timelines_go_from_the_worst_video_to_the_best(videos, monkeypatch):
    answers = ["1" * n + "0" * (videos - n) for n in range(videos)]  # the n-th video has n frames wrong
    table = predictions(["0" * videos] * videos, answers)
    drawn = []
    draw = frame_labels.timelines
    monkeypatch.setattr(
        frame_labels, "timelines", lambda table, ids, *rest: drawn.extend(ids) or draw(table, ids, *rest)
    )
    frame_figures(table, NO_TRIALS, NO_HISTORY, [])
    wrong = [int(id_.removeprefix("v")) for id_ in drawn]
    assert wrong == sorted(set(wrong), reverse=True)
    assert len(wrong) == min(videos, TIMELINES)
    assert (wrong[0], wrong[-1]) == (videos - 1, 0)


def test_unlabelled_videos_are_not_drawn(monkeypatch):
    table, drawn = predictions(["01", ".."], ["01", "11"]), []
    draw = frame_labels.timelines
    monkeypatch.setattr(
        frame_labels, "timelines", lambda table, ids, *rest: drawn.extend(ids) or draw(table, ids, *rest)
    )
    frame_figures(table, NO_TRIALS, NO_HISTORY, [])
    assert drawn == ["v0"]
