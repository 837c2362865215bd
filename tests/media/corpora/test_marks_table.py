"""Annotations between listing and probing: as a table, and held against what a video is."""

import math
from pathlib import Path

import pandas as pd
import pytest

from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotated import AnnotatedCorpus
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.marks_table import COLUMNS, AnnotationCheck, marks_table, without_faults
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts

WALKS = Marks((Mark(0, 1, "walk"), Mark(1.5, 2, "run")), "seconds")
FRAMES = Marks((Mark(0, 10, "walk"), Mark(10, 15, "run")), "frames", "unlabelled")
EMPTY = Marks((), "seconds")
BROKEN = InvalidSample("annotation_overlap", "Frame 3 has two labels.")


def corpus(**marks):
    paths = {Path(f"{name}.mp4"): of for name, of in marks.items()}
    return AnnotatedCorpus([Row(path, "video", None) for path in paths], paths)


def table_of(**marks):
    return marks_table(corpus(**marks), {Path(f"{name}.mp4"): name for name in marks})


def facts(duration_s=2.0, fps=5.0):
    return Facts(round(duration_s * fps), fps, duration_s)


def test_a_row_an_annotation_as_it_was_written():
    table = table_of(a=WALKS, b=FRAMES)
    assert list(table) == COLUMNS
    assert table.values.tolist() == [
        ["a", 0, 1, "walk", "seconds", "background"],
        ["a", 1.5, 2, "run", "seconds", "background"],
        ["b", 0, 10, "walk", "frames", "unlabelled"],
        ["b", 10, 15, "run", "frames", "unlabelled"],
    ]


def test_a_video_that_has_none_has_a_row_without_a_label():
    (row,) = table_of(a=EMPTY).itertuples()
    assert (row.id, row.label, row.gaps) == ("a", "", "background")
    assert math.isnan(row.start)


def test_annotations_that_cannot_be_read_are_the_videos_fault_and_in_no_table():
    read = corpus(a=WALKS, b=BROKEN)
    good, bad = without_faults(read)
    assert good == read.rows[0]
    assert (bad.reason, bad.detail) == ("annotation_overlap", "Frame 3 has two labels.")
    assert table_of(a=WALKS, b=BROKEN)["id"].unique().tolist() == ["a"]


def test_what_fits_is_kept_in_seconds():
    check = AnnotationCheck(table_of(a=WALKS, b=FRAMES))
    check("b", facts(duration_s=3.0, fps=5.0))
    check("a", facts(duration_s=1.95))
    table = check.annotations(["a", "b"])
    assert list(table) == ["id", "start_s", "end_s", "label", "gaps"]
    assert table["id"].tolist() == ["a", "a", "b", "b"]
    assert table["label"].tolist() == ["walk", "run", "walk", "run"]
    assert table["start_s"].tolist() == pytest.approx([0, 1.5, 0, 2])
    assert table["end_s"].tolist() == pytest.approx([1, 1.95, 2, 3])  # the second ends where its video does
    assert table["gaps"].tolist() == ["background"] * 2 + ["unlabelled"] * 2


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        (Marks((Mark(1, 9, "walk"),), "seconds"), "annotation_beyond_end"),
        (Marks((Mark(0, 40, "walk"),), "frames"), "annotation_beyond_end"),
        (Marks((Mark(1, 1, "walk"),), "seconds"), "annotation_invalid"),
        (Marks((Mark(0, 1, "walk"), Mark(0.5, 2, "run")), "seconds"), "annotation_overlap"),
    ],
)
def test_what_does_not_fit_its_video_is_refused_with_the_reason(marks, reason):
    with pytest.raises(InvalidSample) as refused:
        AnnotationCheck(table_of(a=marks))("a", facts())
    assert refused.value.reason == reason


def test_a_video_that_has_none_is_told_by_a_row_without_a_label():
    check = AnnotationCheck(table_of(a=EMPTY, b=WALKS))
    check("a", facts())
    (row,) = check.annotations(["a"]).itertuples()
    assert (row.id, row.label, row.gaps) == ("a", "", "background")


def test_frames_without_a_label_are_no_segment():
    check = AnnotationCheck(table_of(a=Marks((Mark(0, 5, ""), Mark(5, 10, "walk")), "frames", "unlabelled")))
    check("a", facts())
    assert check.annotations(["a"])[["start_s", "end_s", "label"]].values.tolist() == [[1.0, 2.0, "walk"]]


def test_the_table_is_the_same_once_it_was_on_disk(tmp_path):
    table = table_of(a=WALKS, b=EMPTY)
    table.to_parquet(tmp_path / "marks.parquet")
    tables = []
    for read in (table, pd.read_parquet(tmp_path / "marks.parquet")):
        check = AnnotationCheck(read)
        for id_ in ("a", "b"):
            check(id_, facts())
        tables.append(check.annotations(["a", "b"]))
    pd.testing.assert_frame_equal(*tables)
