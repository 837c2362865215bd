"""Marks around cells, and marks that are letters."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.quotation import marks_are_letters
from seqpipe.media.corpora.text_files import read_sheet

CELL = st.text(st.sampled_from("ab '\",|\t\n"), min_size=1, max_size=6).filter(lambda cell: cell.strip())


def sheet(folder, text):
    (folder / "t.txt").write_text(text)
    read = read_sheet(folder / "t.txt")
    return [list(line.cells.values()) for line in read.lines]


@pytest.mark.parametrize("mark", ["|", "\t"])
@pytest.mark.parametrize(
    "cells",
    [
        [["a.jpg", '"Hi" and more .'], ["b.jpg", "x"]],
        [["a.jpg", '"Never closed'], ["b.jpg", "x"]],
        [["a.jpg", '"Over lines'], ["b.jpg", 'as it seems"']],
        [["a.jpg", 'in "the" middle'], ["b.jpg", "x"]],
    ],
)
def test_what_makes_no_sense_as_marks_is_read_as_it_stands(mark, cells, tmp_path):
    lines = [mark.join(row) for row in [["path", "caption"], *cells]]
    assert sheet(tmp_path, "\n".join(lines)) == cells


def test_a_line_may_lack_a_cell(tmp_path):
    text = 'image| number| comment\na.jpg| 0| "Hi" there\nb.jpg| 4 A dog\n'
    assert sheet(tmp_path, text) == [["a.jpg", "0", '"Hi" there'], ["b.jpg", "4 A dog", ""]]


def test_with_commas_a_mark_that_is_not_closed_stays_an_error(tmp_path):
    with pytest.raises(UserError, match="mend its quotation marks"):
        sheet(tmp_path, 'path,caption\na.jpg,"Hi" there\n')


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5), st.sampled_from("\t|"))
def test_what_is_written_with_marks_around_every_cell_is_read_by_them(rows, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("x", "y"), *rows])
    lines = text.getvalue().removesuffix("\n").split("\n")
    whole = all(line.count(delimiter) == 1 for line in lines)
    assert not marks_are_letters(lines, delimiter) or whole
