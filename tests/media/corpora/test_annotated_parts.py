"""Annotations of parts of files: segments by key, and tags a token."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from tests.media.corpora.test_manifests_of_parts import KEYS, MOVES, TEXTS, write

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotated import read_annotated
from seqpipe.media.corpora.marks_table import AnnotationCheck, marks_table
from seqpipe.media.duplicates import duplicate_details
from seqpipe.media.medium import Probe, reading_for
from seqpipe.media.row_times import RowTimes

SEGMENTS = "key,start,end,label,split\na,0,2,up,train\na,2,3,down,train\nb,1,3,up,test\n"
TAGGED = "tokens,tags,intent,split\nto new york,O B I,go,train\n# one,O O,go,train\nto,O B,stay,test\n"


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "sequences.npz", **{key: np.full((3, 2), ord(key)) for key in "abcd"})
    return tmp_path


def read(path, files):
    with reading_for(files):
        return read_annotated(path)


def test_segments_by_key_are_of_the_container_beside(folder, caplog):
    write(folder, KEYS)
    file = write(folder, SEGMENTS, "segments.csv")
    corpus = read(folder, MOVES)
    paths = [folder / "sequences.npz::a", folder / "sequences.npz::b"]
    assert [(row.path, row.kind, row.split) for row in corpus.rows] == [
        (paths[0], "recording", "train"),
        (paths[1], "recording", "test"),
    ]
    assert corpus.marks[paths[0]] == Marks((Mark(0, 2, "up"), Mark(2, 3, "down")), "frames")
    assert "2 video(s) are annotated nowhere and not used: sequences.npz::c, sequences.npz::d" in caplog.text
    assert read(file, MOVES).marks == corpus.marks


def test_rows_lie_where_they_were_recorded(folder):
    write(folder, SEGMENTS, "segments.csv")
    corpus = read(folder, MOVES)
    rows = {"sequences.npz::a": RowTimes(np.arange(3) / 50, 1 / 50)}
    check = AnnotationCheck(marks_table(corpus, {path: path.name for path in corpus.marks}), rows.__getitem__)
    facts = {"rate": 25.0, "duration_s": 0.06}
    check("sequences.npz::a", Probe(facts, "", 0))
    table = check.annotations(["sequences.npz::a"])
    np.testing.assert_allclose(table[["start_s", "end_s"]], [[0, 0.04], [0.04, 0.06]])


def test_pictures_have_no_keys(folder):
    with pytest.raises(UserError, match="holds no annotations"):
        read(write(folder, SEGMENTS, "segments.csv").parent, None)


def test_a_tag_a_token(tmp_path, caplog):
    file = write(tmp_path, TAGGED, "atis.csv")
    with caplog.at_level(logging.WARNING):
        corpus = read(tmp_path, TEXTS_OF_TOKENS)
    first, second, third = (tmp_path / f"atis.csv::tokens/{line}" for line in (2, 3, 4))
    assert [(row.path, row.kind, row.split) for row in corpus.rows] == [
        (first, "text", "train"),
        (second, "text", "train"),
        (third, "text", "test"),
    ]
    assert corpus.marks[first].marks == (Mark(0, 1, "O"), Mark(1, 2, "B"), Mark(2, 3, "I"))
    assert corpus.marks[second].marks == (Mark(0, 2, "O"),)
    assert "1 tokens and 2 tags" in corpus.marks[third].detail
    assert read(file, TEXTS_OF_TOKENS).marks.keys() == corpus.marks.keys()


TEXTS_OF_TOKENS = type(TEXTS)(TEXTS.kinds, TEXTS.words, cells=("text", "tokens"))


def test_equal_samples_without_labels_contradict_nothing():
    table = pd.DataFrame({"id": ["a", "b"], "label": [None, None], "split": ["train", "train"], "sha256": ["x", "x"]})
    assert duplicate_details(table) == {}
    details = duplicate_details(table.assign(split=["train", "test"]))
    assert details == {0: "Same content as b, which is in test."}
