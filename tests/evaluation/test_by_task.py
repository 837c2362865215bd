"""Every task's entry is whole: its metrics hold what its columns of the leaderboard ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.frame_tables import predictions as frame_predictions

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.evaluation.base import Evaluation, check_metrics, evaluation_of
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.predictions import class_names, with_backwards
from seqpipe.evaluation.report.section import Section
from seqpipe.tasks.registry import TASKS


def test_a_classifiers_metrics_and_sections_come_from_its_task(random_predictions, judged, config):
    entry, predictions = evaluation_of("classification"), random_predictions()
    results = judged(predictions)
    assert entry.metrics(predictions, config, 0, {"reads_order": True}) == results.metrics
    board = leaderboard({"svm": results}, entry)
    for column in (entry.primary, *entry.scores):
        assert column.cell(board.iloc[0].to_dict()) not in ("–", "")
    sections = entry.sections("svm", results, {})
    assert sections
    assert all(isinstance(section, Section) and section.title == "svm" for section in sections)


@pytest.mark.parametrize(("stream", "told"), [("flow", False), ("rgb", True)])
def test_of_flow_nothing_is_said_of_clips_played_backwards(random_predictions, config, stream, told):
    table = with_lineage(random_predictions(), {"features": {"stream": stream}})
    metrics = evaluation_of("classification").metrics(table, config, 0, {"reads_order": False})
    assert ("accuracy_backwards" in metrics) == told


def test_clips_played_backwards_are_the_same_clips_to_a_model_that_does_not_read_order(random_predictions, config):
    metrics, table = evaluation_of("classification").metrics, random_predictions()
    plain = metrics(table, config, 0, {"reads_order": False})
    assert plain["accuracy_backwards"] == plain["accuracy"]
    assert "accuracy_backwards" not in metrics(table, config, 0, {"reads_order": True}), "it was not asked"
    first = class_names(table)[0]
    asked = with_backwards(table, np.zeros(len(table), int))
    assert class_names(asked) == class_names(table)
    judged = metrics(asked, config, 0, {"reads_order": True})
    assert judged["accuracy_backwards"] == pytest.approx((table["label"] == first)[table["split"] == "test"].mean())
    assert {name: judged[name] for name in plain if name != "accuracy_backwards"}.items() <= plain.items()


def test_a_frame_labellers_metrics_and_sections_come_from_its_task(judged_frames, config):
    entry, predictions = evaluation_of("frame_labels"), frame_predictions(["0011", "122."], ["0111", "1222"])
    results = judged_frames(predictions, background=[])
    assert entry.metrics(predictions, config, 0, results.fit) == results.metrics
    board = leaderboard({"lstm": results}, entry)
    shown = [column for column in (entry.primary, *entry.scores) if column.key != "slot_f1"]  # these are no IOB tags
    for column in shown:
        assert column.cell(board.iloc[0].to_dict()) not in ("–", "")
    assert [section.title for section in entry.sections("lstm", results, {})] == ["lstm"]
    assert entry.unit == "steps"


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_is_judged(task):
    assert isinstance(evaluation_of(task), Evaluation)
    assert TASKS[task].task_class().name == task
    assert TASKS[task].task_class().per == TASKS[task].per


def test_an_unknown_task_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"(?s)Unknown task 'frames'.*classification, frame_labels"):
        evaluation_of("frames")


def test_what_is_no_evaluation_is_refused(monkeypatch):
    where = "seqpipe.evaluation.by_task:class_metrics"
    monkeypatch.setitem(TASKS, "toy", replace(TASKS["classification"], evaluation=where))
    with pytest.raises(UserError, match=f"The task toy: expected an Evaluation at {where}, got function"):
        evaluation_of("toy")


def test_metrics_that_the_leaderboard_cannot_be_made_of_are_refused(random_predictions, config):
    metrics = evaluation_of("classification").metrics(random_predictions(), config, 0, {"reads_order": True})
    check_metrics("classification", metrics)
    kept = {name: value for name, value in metrics.items() if name not in {"accuracy_low", "n_groups"}}
    with pytest.raises(UserError, match=r"classification: its metrics lack accuracy_low, n_groups, .*by_task:CLASSIF"):
        check_metrics("classification", kept)
