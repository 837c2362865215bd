"""Tasks by name: each is made again of its facts."""

import json
from dataclasses import replace

import pytest

from seqpipe.core.errors import UserError
from seqpipe.generation.base import GenerationRules
from seqpipe.tasks.classification import Classification
from seqpipe.tasks.frame_labels import FrameLabels
from seqpipe.tasks.next_token import NextToken
from seqpipe.tasks.registry import TASKS, check_task, task_of
from seqpipe.tasks.sentences import ImageCaptioning, Translation, VideoCaptioning

FRAME_LABELS = FrameLabels(smoothing=0.15, window=40, hop=20, background=("rest", "talk"), medians=(1, 5), median=5)
RULES = GenerationRules("beam", beam=3, length_normalisation=0.7, no_repeat=0, max_length=20, temperature=1.0)
OF_SENTENCES = [of(RULES, places=49) for of in (ImageCaptioning, VideoCaptioning, Translation)]
MADE = {task.name: task for task in (Classification(), FRAME_LABELS, NextToken(window=40), *OF_SENTENCES)}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_is_made_again_of_what_json_keeps_of_it(name):
    task = MADE[name]
    again = task_of(name, json.loads(json.dumps(task.facts())))
    assert again == task
    assert (again.name, again.per, again.window, again.hop) == (task.name, task.per, task.window, task.hop)


def test_an_unknown_task_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"(?s)Unknown task 'frame_label'.*classification, frame_labels"):
        task_of("frame_label", {})


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_in_the_box_is_what_its_entry_says(name):
    check_task(name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "expected name to be 'first_word', the name of its entry, got 'classification'"),
        ({"where": "seqpipe.tasks.classification:Clasification"}, "Clasification cannot be imported"),
        ({"where": "builtins:int"}, "lacks again, answers, choose_by, completed, facts, hop, name"),
    ],
    ids=["name", "where", "protocol"],
)
def test_what_an_entry_says_wrong_is_said_before_anything_runs(monkeypatch, change, why):
    monkeypatch.setitem(TASKS, "first_word", replace(TASKS["classification"], **change))
    with pytest.raises(UserError, match=why):
        check_task("first_word")


def test_an_entry_and_its_class_say_alike_what_a_model_answers(monkeypatch):
    monkeypatch.setitem(TASKS, "frame_labels", replace(TASKS["frame_labels"], per="clip"))
    with pytest.raises(UserError, match=r"its entry says that a model answers each clip, its class .* each frame"):
        check_task("frame_labels")


@pytest.mark.parametrize("told", ["segments", "next", "words"])
def test_what_is_told_of_a_file_is_what_is_answered(monkeypatch, told):
    monkeypatch.setattr(Classification, "told", told)
    with pytest.raises(
        UserError, match=rf"tells '{told}' of a file; of a model that answers each clip it can be 'clip'"
    ):
        check_task("classification")
