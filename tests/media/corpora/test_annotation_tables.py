"""Annotations in the tables that people have."""

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotation_tables import annotated


def table(columns, *rows):
    return pd.DataFrame([list(map(str, row)) for row in rows], columns=columns.split(","), dtype=object)


def test_segments_in_seconds():
    read = annotated(table("path,start_s,end_s,label", ("a.mp4", 0, 1.5, "walk"), ("b.mp4", "2,5", 3, "run")), "t.csv")
    assert read.marks == {
        "a.mp4": Marks((Mark(0, 1.5, "walk"),), "seconds"),
        "b.mp4": Marks((Mark(2.5, 3, "run"),), "seconds"),
    }


def test_segments_in_frames():
    read = annotated(table("path,start_frame,end_frame,label,split", ("a.mp4", 0, 35, "walk", "train")), "t.csv")
    assert read.marks == {"a.mp4": Marks((Mark(0, 35, "walk"),), "frames")}


def test_a_label_a_frame_and_what_has_none():
    rows = [("a.mp4", 0, "x"), ("a.mp4", 1, "x"), ("a.mp4", 2, ""), ("a.mp4", 3, "y")]
    read = annotated(table("path,frame,label", *rows), "t.csv")
    assert read.marks == {"a.mp4": Marks((Mark(0, 2, "x"), Mark(3, 4, "y")), "frames", "unlabelled")}
    assert read.passed_over == {"frames without a label": 1}


def test_one_video_that_cannot_be_read_leaves_the_others():
    rows = [("a.mp4", "soon", 3, "walk"), ("b.mp4", 0, 1, "walk"), ("c.mp4", 0, 1, "")]
    read = annotated(table("path,start_s,end_s,label", *rows), "t.csv")
    assert read.marks["a.mp4"].detail == "'soon' is no time and no frame."
    assert read.marks["b.mp4"] == Marks((Mark(0, 1, "walk"),), "seconds")
    assert read.marks["c.mp4"].detail == "The segment from 0 to 1 has no label."


def test_unknown_columns_are_answered_with_the_known_forms():
    with pytest.raises(UserError, match=r"(?s)t\.csv has the columns path, begin, label; expected .*start_s.*BORIS"):
        annotated(table("path,begin,label", ("a.mp4", 0, "x")), "t.csv")


def test_a_table_that_tells_no_subjects_apart_has_none_to_choose():
    with pytest.raises(
        UserError, match=r"frame_labels\.subject is 'cow', but t\.csv is no export of BORIS: leave it out"
    ):
        annotated(table("path,frame,label", ("a.mp4", 0, "x")), "t.csv", "cow")
