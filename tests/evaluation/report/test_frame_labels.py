"""What the report says of a model that labels frames."""

import re

import pandas as pd
import pytest
from tests.evaluation.frame_tables import predictions
from tests.evaluation.report.pages import Page

from seqpipe.evaluation.by_task import FRAME_LABELS
from seqpipe.evaluation.figures import classification as figures
from seqpipe.evaluation.figures.frame_labels import frame_figures
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.report.frame_labels import model_sections
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.run import render_report
from seqpipe.evaluation.report.section import Picture, Side, Text

EVIL = "<script>alert('&')</script>"
TRUTH, ANSWERS = ["00110011", "0011001."], ["00111111", "00110010"]


@pytest.fixture
def results(judged_frames):
    return judged_frames(predictions(TRUTH, ANSWERS, groups=["gate", "yard"]))


def page_of(name, results):
    return Page(render_page("t", Text("lead"), model_sections(name, results, {})))


def pictures(section):
    return [picture for part in section.parts if isinstance(part, Side) for picture in part.pictures]


def test_it_says_how_right_the_frames_and_the_segments_are(results):
    text = page_of("lstm", results).text
    # 6 of 8 and 7 of 7 frames are right; the first video's two runs are taken for one, which overlaps each by 2 of 6.
    assert "Right on 0.875 of the steps of a sample (0.750 – 1.000), mean over 2 test samples" in text
    assert "F1@50 0.500 (0.000 – 1.000), edit score 0.750." in text
    assert "Smoothed by a median over 3 steps, chosen on val" in text
    assert "Linear SVM on time-averaged features" in text


def test_every_video_and_class_has_a_row(results):
    text = page_of("lstm", results).text
    assert re.search(r"By sample .*v0 ?gate ?8 ?0\.750.*v1 ?yard ?7 ?1\.000", text)
    assert re.search(r"By class .*rest ?8.*run ?7", text)
    assert re.search(r"walk ?0 ?–", text)  # no frame of it is in test: nothing can be said


def test_pictures_that_there_are_are_shown_timelines_first(results):
    (bare,) = model_sections("lstm", results, {})
    assert pictures(bare) == []
    drawn = frame_figures(results.predictions, pd.DataFrame({"trial": [0]}), pd.DataFrame(), ["rest"])
    (section,) = model_sections("lstm", results, drawn)
    shown = pictures(section)
    assert all(isinstance(picture, Picture) for picture in shown)
    assert [picture.png for picture in shown] == [drawn[name] for name in ("timelines", "confusion_matrix")]


def test_what_is_the_users_is_escaped(judged_frames):
    table = predictions(["01", "11"], ["01", "10"], groups=[EVIL, "b"]).replace("v0", EVIL)
    page = page_of(EVIL, judged_frames(table, description=EVIL))
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.text.count(EVIL) >= 3


def test_the_whole_report_counts_frames(results, config):
    board = leaderboard({"lstm": results}, FRAME_LABELS)
    steps = pd.DataFrame({"label": ["rest", "run"] * 20, "split": ["train"] * 20 + ["val"] * 5 + ["test"] * 15})
    summary = {
        "corpus": "clips", "backbone": "resnet18", "source_domain": "ImageNet", "view": "whole, since it is wide",
        "snippet": None, "layer": "last_conv", "frames": 8, "feature_size": 512, "seed": 42, "device": "cpu",
        "command": "kedro run --pipeline frame_labels", "git_commit": "0123abc",
    }  # fmt: skip
    text = Page(
        render_report(
            ReportInputs(
                title="Frames",
                task="frame_labels",
                summary=summary,
                config=config,
                leaderboard=board,
                results={"lstm": results},
                figures={"lstm": {}},
                comparison=png_bytes(figures.comparison(board)),
                samples=steps.assign(group="g"),
                quarantine=pd.DataFrame(columns=["path", "reason", "detail"]),
                contrast="",
            )
        )
    ).text
    assert "40 steps of 2 classes from clips, split into 20 for training, 5 for validation and 15 for the test" in text
    for heading in ("accuracy", "edit", "F1@10", "F1@25", "F1@50"):
        assert heading in text
    assert "Every score is the mean over the test samples" in text
