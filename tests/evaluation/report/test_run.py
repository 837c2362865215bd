"""The report holds what it should, needs nothing beside it, and escapes what is the user's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.evaluation.report.pages import Page

from seqpipe.core.errors import UserError
from seqpipe.evaluation import by_task
from seqpipe.evaluation.base import Evaluation
from seqpipe.evaluation.by_task import CLASSIFICATION
from seqpipe.evaluation.figures import classification as figures
from seqpipe.evaluation.figures.style import new_figure, png_bytes
from seqpipe.evaluation.findings.classification import order_contrast
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.run import render_report
from seqpipe.evaluation.report.section import Column, Section, Text
from seqpipe.tasks.registry import TASKS, TaskEntry

EVIL = "<script>alert('&')</script>"


@pytest.fixture
def parts(predict, config, judged):
    """All that a report of two models takes."""
    truth = np.tile([0, 1], 40)
    cameras = ["gate"] * 20 + ["yard"] * 60
    blind = np.where(np.arange(80) < 20, 1 - truth, truth)
    tables = {
        "svm": predict(truth, blind, ["up", "down"], cameras),
        "lstm": predict(truth, truth, ["up", "down"], cameras),
    }
    results = {
        "svm": judged(tables["svm"], trials=6),
        "lstm": judged(tables["lstm"], reads_order=True, description="LSTM over the frames"),
    }
    board = leaderboard(results, CLASSIFICATION)
    samples = pd.DataFrame(
        {"label": ["up", "down"] * 50, "split": ["train"] * 15 + ["val"] * 5 + ["test"] * 80, "group": "g"}
    )
    return {
        "title": "Moving digits",
        "task": "classification",
        "summary": {
            "corpus": "clips",
            "backbone": "resnet18",
            "source_domain": "ImageNet",
            "view": "whole, since the frames are wide",
            "snippet": None,
            "layer": "last_conv",
            "frames": 16,
            "feature_size": 1512,
            "seed": 42,
            "device": "cpu",
            "command": "kedro run --params corpus.path=clips",
            "git_commit": "0123abc",
        },
        "config": config,
        "leaderboard": board,
        "results": results,
        "figures": {
            name: {"confusion_matrix": png_bytes(figures.confusion_matrix(of.predictions))}
            for name, of in results.items()
        },
        "comparison": png_bytes(figures.comparison(board)),
        "samples": samples,
        "quarantine": pd.DataFrame(
            {
                "path": ["a.mp4", "b.mp4"],
                "reason": ["unreadable", "no_frames"],
                "detail": ["no header", "empty"],
            }
        ),
        "contrast": order_contrast(board, results),
    }


def test_says_what_was_done_and_what_came_out(parts):
    text = Page(render_report(ReportInputs(**parts))).text
    assert "100 samples of 2 classes from clips, split into 15 for training, 5 for validation and 80 for" in text
    assert "Up to 16 frames of each were read by resnet18, trained on ImageNet" in text
    assert "1 512 numbers a frame" in text
    assert parts["contrast"] in text
    assert re.search(r"lstm ?best", text)
    assert not re.search(r"svm ?best", text)
    assert "the highest macro F1 on validation of 6 settings" in text
    assert "as configured, without a search" in text
    for shown in ("kedro run --params corpus.path=clips", "0123abc", "42", "C=0.1, kernel=linear"):
        assert shown in text


@pytest.mark.parametrize(
    ("frames", "stride", "words"),
    [
        (4, 1, "Up to 4 snippets of 16 frames of each were read by r3d_18"),
        (1, 2, "One snippet of 16 frames, 2 apart, of each was read by r3d_18"),
    ],
)
def test_says_that_a_video_backbone_has_read_snippets(parts, frames, stride, words):
    snippet = {"frames": 16, "stride": stride}
    summary = {**parts["summary"], "backbone": "r3d_18", "frames": frames, "snippet": snippet}
    text = Page(render_report(ReportInputs(**{**parts, "summary": summary}))).text
    assert words in text
    assert "1 512 numbers a snippet" in text


def test_names_the_camera_that_fails(parts):
    page = Page(render_report(ReportInputs(**parts)))
    assert "svm fails on gate: 0.00 against 0.75 overall" in page.text
    assert "lstm: no group stands out" in page.text
    bad = [attrs for tag, attrs in page.elements if attrs.get("class") == "warning"]
    assert len(bad) == 2, "beside the leaderboard and in the model's section"


def test_lists_the_quarantine_by_reason(parts):
    page = Page(render_report(ReportInputs(**parts)))
    assert "2 files could not be used" in page.text
    assert "unreadable: 1" in page.text
    assert "a.mp4 no header" in page.text
    empty = parts | {"quarantine": parts["quarantine"].iloc[:0]}
    assert "every file of the corpus could be used" in Page(render_report(ReportInputs(**empty))).text


def test_needs_nothing_beside_it(parts):
    page = Page(render_report(ReportInputs(**parts)))
    for tag, attrs in page.elements:
        assert tag not in {"script", "link", "iframe"}
        for name in ("src", "href"):
            if name in attrs:
                assert attrs[name].startswith(("data:image/png;base64,", "#")), attrs[name][:60]
    anchors = {attrs["href"][1:] for tag, attrs in page.elements if tag == "a"}
    assert anchors <= {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    images = [attrs for tag, attrs in page.elements if tag == "img"]
    assert len(images) == 3
    assert all(attrs["alt"] for attrs in images)


def test_escapes_all_that_is_the_users(parts, predict, judged):
    table = predict([0, 1, 1, 0], [0, 0, 1, 0], [EVIL, "b"], [EVIL, EVIL, "y", "y"])
    results = {EVIL: judged(table, description=EVIL, parameters={"x": EVIL}, device=EVIL)}
    evil = {
        "title": EVIL,
        "summary": {key: EVIL if isinstance(value, str) else value for key, value in parts["summary"].items()}
        | {"versions": {EVIL: EVIL}},
        "leaderboard": leaderboard(results, CLASSIFICATION),
        "results": results,
        "figures": {EVIL: {EVIL: png_bytes(new_figure(1.0))}},
        "samples": parts["samples"].assign(label=EVIL),
        "quarantine": pd.DataFrame({"path": [EVIL], "reason": [EVIL], "detail": [EVIL]}),
        "contrast": EVIL,
    }
    page = Page(render_report(ReportInputs(**parts | evil)))
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.text.count(EVIL) > 15


def test_many_classes_are_folded(parts, random_predictions, judged):
    table = random_predictions(n=300, k=20)
    results = {"svm": judged(table)}
    many = {"leaderboard": leaderboard(results, CLASSIFICATION), "results": results}
    page = Page(render_report(ReportInputs(**parts | many)))
    assert "All 20 classes" in page.text
    assert "top 5" in page.text


def test_a_class_absent_from_test_shows_a_dash(parts, predict, judged):
    table = predict([0, 0, 1], [0, 1, 1], ["a", "b", "absent"])
    results = {"svm": judged(table)}
    absent = {"leaderboard": leaderboard(results, CLASSIFICATION), "results": results}
    assert "absent0–––" in Page(render_report(ReportInputs(**parts | absent))).text.replace(" ", "")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (["g"] * 4, "test is one group, so they say nothing about other groups"),
        (["a", "a", "b", "b"], "of the 2 test groups; so few groups make them rough"),
        (None, "of the test samples, each a group of its own"),
    ],
)
def test_says_what_the_intervals_rest_on(parts, predict, judged, groups, said):
    table = predict([0, 1, 0, 1], [0, 1, 1, 1], ["a", "b"], groups)
    results = {"svm": judged(table)}
    one = {"leaderboard": leaderboard(results, CLASSIFICATION), "results": results}
    assert said in Page(render_report(ReportInputs(**parts | one))).text


def test_the_same_tables_give_the_same_picture(parts):
    first, second = (png_bytes(figures.comparison(parts["leaderboard"])) for _ in range(2))
    assert first == second


def test_a_summary_that_lacks_something_is_refused(parts):
    del parts["summary"]["seed"]
    with pytest.raises(ValueError, match="lacks seed"):
        render_report(ReportInputs(**parts))


TOY = """
from seqpipe.evaluation.report.section import Section, Text


def section(inputs):
    return Section("Toys", "toys", (Text(f"{len(inputs.results)} models, <b>all of them toys</b>"),))


def nothing(inputs):
    return None


def fails(inputs):
    raise KeyError("a toy is missing")


def words(inputs):
    return "<h2>Toys</h2>"
"""


def test_another_package_adds_a_section(parts, install):
    install("toy_sections", TOY, {"seqpipe.sections": {"toy": "toy_sections:section", "none": "toy_sections:nothing"}})
    page = Page(render_report(ReportInputs(**parts)))
    assert "2 models, <b>all of them toys</b>" in page.text
    ids = [attrs["id"] for attrs in page.attributes("h2")]
    assert ids == ["leaderboard", "model-lstm", "model-svm", "data", "left-out", "toys", "reproduce"]
    assert "#toys" in [attrs["href"] for attrs in page.attributes("a")]


@pytest.mark.parametrize(
    ("function", "reason"),
    [("fails", "KeyError: 'a toy is missing'"), ("words", "TypeError: expected a Section or None, got str")],
)
def test_a_section_of_another_package_that_fails_is_told_and_the_report_is_written(
    parts, install, caplog, function, reason
):
    module = f"toy_that_{function}"
    install(module, TOY, {"seqpipe.sections": {"toy": f"{module}:{function}"}})
    text = Page(render_report(ReportInputs(**parts))).text
    assert f"This section could not be made ({reason})" in text
    assert "Reproduce" in text
    assert reason in caplog.text


def test_an_unknown_task_is_answered_with_the_known_ones(parts):
    with pytest.raises(UserError, match=r"Unknown task 'classifcation'.*Did you mean 'classification'"):
        ReportInputs(**parts | {"task": "classifcation"})


def test_the_models_sections_and_the_leaderboards_columns_are_the_tasks(parts, monkeypatch):
    toy = Evaluation(
        predictions=lambda data, proba, answers: None,
        metrics=lambda predictions, config, seed, fit: {},
        primary=Column("accuracy", "rightness", "share"),
        scores=(Column("macro_f1", "toy score", "share"), Column("not_there", "absent", "share")),
        note="Toy scores are toys.",
        sections=lambda name, results, figures: [
            Section(f"Toy {name}", f"toy-{name}", (Text(f"{name} broke", "warning"),))
        ],
        figures=lambda judged: {},
    )
    monkeypatch.setattr(by_task, "TOYS", toy, raising=False)
    entry = TaskEntry("nowhere:Toys", "seqpipe.evaluation.by_task:TOYS", per="clip", reads="labels", corpus="")
    monkeypatch.setitem(TASKS, "toys", entry)
    page = Page(render_report(ReportInputs(**parts | {"task": "toys"})))
    assert "modelrightnesstoy scoreval rightnessfit" in page.text
    assert "ntervals" not in page.text, "it says of none how they came about"
    assert "Toy scores are toys." in page.text
    assert "Confusion" not in page.text
    assert page.text.count("lstm broke") == 2, "beside the leaderboard and in the model's section"


def test_the_example_of_the_docs_is_a_section(parts, install):
    page = (Path(__file__).parents[3] / "docs" / "adding.md").read_text(encoding="utf-8")
    code = next(code for code in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "ReportInputs" in code)
    install("section_of_the_docs", code, {"seqpipe.sections": {"largest": "section_of_the_docs:largest_group"}})
    samples = parts["samples"].assign(group=["gate"] + ["yard"] * (len(parts["samples"]) - 1))
    text = Page(render_report(ReportInputs(**parts | {"samples": samples}))).text
    assert f"{len(samples) - 1} of {len(samples)} samples are of the group yard." in text


def test_columns_are_told_with_what_is_left_out_and_an_end_to_end_only_of_numbers(parts):
    ids = parts["results"]["svm"].predictions["id"]
    gaps = pd.Series([None, None, *[1] * 18, *[6] * (len(ids) - 20)], index=ids, dtype=object)
    colours = pd.Series(["red", "blue"] * (len(ids) // 2), index=ids, dtype=object)
    page = Page(render_report(ReportInputs(**parts | {"columns": {"gap": gaps, "colour": colours}}))).text
    assert "Over gap" in page
    assert "2 test samples have nothing there, and are left out" in page
    assert "Between gap 1 and 6" in page
    assert "Over colour" in page
    assert "Between colour" not in page


def test_a_column_of_one_value_is_said_to_be(parts):
    same = pd.Series("x", index=parts["results"]["svm"].predictions["id"], dtype=object)
    page = Page(render_report(ReportInputs(**parts | {"columns": {"camera": same}}))).text
    assert "All test samples are of camera x" in page
