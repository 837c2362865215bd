"""Answers as JSON can hold them, one a sample, whatever a task answers."""

import json

import numpy as np
import pandas as pd

from seqpipe.use.predictor import Answers
from seqpipe.use.told import told


def answers(paths, proba=(), given=(), times=()):
    return Answers(pd.DataFrame({"path": paths}), list(proba), list(given), list(times), pd.DataFrame())


def test_what_a_table_says_beside_the_classes_is_handed_on(monkeypatch):
    table = pd.DataFrame({"path": ["a"], "label": ["up"], "probability": [0.6], "flag": ["low confidence"]})
    monkeypatch.setattr("seqpipe.use.told.TABLES", {"clip": lambda answers, names: table})
    assert told(answers(["a"], [np.array([0.4, 0.6])]), ("down", "up"), "clip", attention=False)["a"] == {
        "label": "up",
        "probability": 0.6,
        "flag": "low confidence",
        "top": [{"label": "up", "probability": 0.6}],
        "probabilities": {"down": 0.4, "up": 0.6},
    }


def test_clips_are_told_apart_by_their_paths():
    proba = [np.array([0.1, 0.2, 0.7]), np.array([0.5, 0.3, 0.2])]
    said = told(answers(["/z", "/a"], proba, [2, 0], [[0.0], [0.0]]), ("x", "y", "z"), "clip", attention=False)
    assert [said[path]["label"] for path in ("/z", "/a")] == ["z", "x"]
    assert [one["label"] for one in said["/a"]["top"]] == ["x", "y", "z"]
    assert json.loads(json.dumps(said)) == said


def test_frames_come_as_segments():
    proba = [np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])]
    given = answers(["/a"], proba, [np.array([0, 0, 1])], [np.array([0.0, 1.0, 2.0])])
    (first, second) = told(given, ("x", "y"), "segments", attention=False)["/a"]["segments"]
    assert (first["label"], second["label"]) == ("x", "y")
    assert first["start_s"] == 0.0
    assert first["end_s"] == second["start_s"]


def test_of_a_vocabulary_the_most_probable_are_told_alone():
    proba = [np.array([0.1, 0.2, 0.4, 0.3])]
    said = told(answers(["/a"], proba, [2], [[0.0]]), ("a", "b", "sky", "<end>"), "next", attention=False)["/a"]
    assert [one["label"] for one in said["top"]] == ["sky", "<end>", "b"]
    assert "probabilities" not in said
