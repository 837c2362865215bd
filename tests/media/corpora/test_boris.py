"""What BORIS exports: events of one subject or of several."""

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotation_tables import annotated
from seqpipe.media.frames import InvalidSample


def table(columns, *rows):
    return pd.DataFrame([list(map(str, row)) for row in rows], columns=columns.split(","), dtype=object)


BORIS = "Observation id,Media file name,Subject,Behavior,Behavior type"


def test_boris_aggregated_events():
    rows = [("o", "v/a.mp4", "cow", "eat", "STATE", 1.0, 4.5), ("o", "v/a.mp4", "cow", "moo", "POINT", 2.0, 2.0)]
    read = annotated(table(f"{BORIS},Start (s),Stop (s)", *rows), "b.csv")
    assert read.marks == {"v/a.mp4": Marks((Mark(1.0, 4.5, "eat"),), "seconds")}
    assert read.passed_over == {"events without a length (POINT)": 1}


def test_boris_tabular_events_are_paired():
    rows = [
        ("o", "a.mp4", "cow", "eat", "START", 1.0),
        ("o", "a.mp4", "cow", "walk", "START", 1.5),
        ("o", "a.mp4", "cow", "eat", "STOP", 2.0),
        ("o", "a.mp4", "cow", "walk", "STOP", 3.0),
        ("o", "a.mp4", "hen", "peck", "POINT", 3.5),
    ]
    read = annotated(table(f"{BORIS},Time", *rows), "b.csv")
    assert read.marks == {"a.mp4": Marks((Mark(1.0, 2.0, "eat"), Mark(1.5, 3.0, "walk")), "seconds")}
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
    assert isinstance(read.marks["a.mp4"], InvalidSample)
    with pytest.raises(InvalidSample, match=words):
        raise read.marks["a.mp4"]


def test_a_table_of_boris_without_its_videos_is_none():
    with pytest.raises(UserError, match=r"expected .*BORIS"):
        annotated(table("Observation id,Subject,Behavior,Behavior type,Time", ("o", "cow", "eat", "START", 1)), "b.csv")


def tabular():
    """Two videos: in one a cow and a hen at the same time, in the other the hen alone."""
    rows = [
        ("o", "a.mp4", "cow", "eat", "START", 1.0),
        ("o", "a.mp4", "hen", "peck", "START", 1.5),
        ("o", "a.mp4", "hen", "sing", "POINT", 1.7),
        ("o", "a.mp4", "cow", "eat", "STOP", 2.0),
        ("o", "a.mp4", "hen", "peck", "STOP", 3.0),
        ("p", "b.mp4", "hen", "peck", "START", 0.0),
        ("p", "b.mp4", "hen", "peck", "STOP", 1.0),
    ]
    return table(f"{BORIS},Time", *rows)


def aggregated():
    """The same."""
    rows = [
        ("o", "a.mp4", "cow", "eat", "STATE", 1.0, 2.0),
        ("o", "a.mp4", "hen", "peck", "STATE", 1.5, 3.0),
        ("o", "a.mp4", "hen", "sing", "POINT", 1.7, 1.7),
        ("p", "b.mp4", "hen", "peck", "STATE", 0.0, 1.0),
    ]
    return table(f"{BORIS},Start (s),Stop (s)", *rows)


EXPORTS = pytest.mark.parametrize("export", [tabular(), aggregated()], ids=["tabular", "aggregated"])


@EXPORTS
def test_of_several_subjects_in_a_video_one_must_be_named(export):
    with pytest.raises(UserError, match=r"subjects 'cow', 'hen' in a\.mp4: name one by frame_labels\.subject"):
        annotated(export, "b.csv")


@EXPORTS
def test_the_subject_that_is_named_is_taken_and_the_others_are_counted(export):
    hen = annotated(export, "b.csv", "hen")
    assert hen.marks == {
        "a.mp4": Marks((Mark(1.5, 3.0, "peck"),), "seconds"),
        "b.mp4": Marks((Mark(0.0, 1.0, "peck"),), "seconds"),
    }
    of_cow = len(export[export["Subject"] == "cow"])
    assert hen.passed_over == {"events without a length (POINT)": 1, "events of other subjects": of_cow}


@EXPORTS
def test_a_video_without_the_subject_has_a_reason(export):
    cow = annotated(export, "b.csv", "cow")
    assert cow.marks["a.mp4"] == Marks((Mark(1.0, 2.0, "eat"),), "seconds")
    assert isinstance(cow.marks["b.mp4"], InvalidSample)
    assert cow.marks["b.mp4"].reason == "annotation_missing"
    assert cow.marks["b.mp4"].detail == "It has no annotations of the subject 'cow', but of 'hen'."


@EXPORTS
def test_a_subject_that_is_nowhere_is_answered_with_those_there_are(export):
    with pytest.raises(
        UserError, match=r"b\.csv has no annotations of the subject 'dog'; its subjects: 'cow', 'hen'\."
    ):
        annotated(export, "b.csv", "dog")


@EXPORTS
def test_a_subject_a_video_needs_no_name(export):
    alone = export[(export["Media file name"] == "b.mp4") | (export["Subject"] == "cow")]
    assert annotated(alone, "b.csv").marks == {
        "a.mp4": Marks((Mark(1.0, 2.0, "eat"),), "seconds"),
        "b.mp4": Marks((Mark(0.0, 1.0, "peck"),), "seconds"),
    }


def test_aggregated_events_without_the_column_have_no_subject():
    export = aggregated().drop(columns="Subject").iloc[[0, 3]]
    assert annotated(export, "b.csv").marks["a.mp4"] == Marks((Mark(1.0, 2.0, "eat"),), "seconds")
    with pytest.raises(UserError, match=r"no annotations of the subject 'cow'; its subjects: none"):
        annotated(export, "b.csv", "cow")
