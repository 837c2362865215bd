"""Annotations in the tables that people have."""

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotation_tables import annotated
from seqpipe.media.frames import Unusable


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


BORIS = "Observation id,Media file name,Subject,Behavior,Behavior type"


def test_boris_aggregated_events():
    rows = [("o", "v/a.mp4", "cow", "eat", "STATE", 1.0, 4.5), ("o", "v/a.mp4", "cow", "moo", "POINT", 2.0, 2.0)]
    read = annotated(table(f"{BORIS},Start (s),Stop (s)", *rows), "b.csv")
    assert read.marks == {"v/a.mp4": Marks((Mark(1.0, 4.5, "eat"),), "seconds")}
    assert read.passed_over == {"events without a length (POINT)": 1}


def test_boris_tabular_events_are_paired_by_subject():
    rows = [
        ("o", "a.mp4", "cow", "eat", "START", 1.0),
        ("o", "a.mp4", "hen", "eat", "START", 1.5),
        ("o", "a.mp4", "cow", "eat", "STOP", 2.0),
        ("o", "a.mp4", "hen", "eat", "STOP", 3.0),
        ("o", "a.mp4", "hen", "peck", "POINT", 3.5),
    ]
    read = annotated(table(f"{BORIS},Time", *rows), "b.csv")
    assert read.marks == {"a.mp4": Marks((Mark(1.0, 2.0, "eat"), Mark(1.5, 3.0, "eat")), "seconds")}
    assert read.passed_over == {"events without a length (POINT)": 1}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("o", "a.mp4", "cow", "eat", "START", 1.0)], "'eat' starts at 1 s and never stops"),
        ([("o", "a.mp4", "cow", "eat", "STOP", 1.0)], r"'eat' has a STOP at 1\.0 s"),
    ],
)
def test_an_event_without_its_other_half_is_named(rows, words):
    read = annotated(table(f"{BORIS},Time", *rows), "b.csv")
    assert isinstance(read.marks["a.mp4"], Unusable)
    with pytest.raises(Unusable, match=words):
        raise read.marks["a.mp4"]


def test_one_video_that_cannot_be_read_leaves_the_others():
    rows = [("a.mp4", "soon", 3, "walk"), ("b.mp4", 0, 1, "walk"), ("c.mp4", 0, 1, "")]
    read = annotated(table("path,start_s,end_s,label", *rows), "t.csv")
    assert read.marks["a.mp4"].detail == "'soon' is no time and no frame."
    assert read.marks["b.mp4"] == Marks((Mark(0, 1, "walk"),), "seconds")
    assert read.marks["c.mp4"].detail == "The segment from 0 to 1 has no label."


def test_a_table_of_boris_without_its_videos_is_none():
    with pytest.raises(UserError, match=r"expected .*BORIS"):
        annotated(table("Observation id,Subject,Behavior,Behavior type,Time", ("o", "cow", "eat", "START", 1)), "b.csv")


def test_unknown_columns_are_answered_with_the_known_forms():
    with pytest.raises(UserError, match=r"(?s)t\.csv has the columns path, begin, label; expected .*start_s.*BORIS"):
        annotated(table("path,begin,label", ("a.mp4", 0, "x")), "t.csv")
