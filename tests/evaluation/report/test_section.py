"""Sections are data: what is no part is refused, and numbers are written as their column says."""

import pytest

from seqpipe.evaluation.report.section import Column, Folded, Link, Section, Table, Text, anchor, folded_if_long


def test_what_is_no_part_is_refused():
    with pytest.raises(TypeError, match=r"Text, Heading, Table, .*not of str"):
        Section("Toys", "toys", ["<b>words</b>"])


@pytest.mark.parametrize(
    ("format", "value", "written"),
    [
        ("text", "svm", "svm"),
        ("number", 1512, "1512"),
        ("count", 1512.0, "1\u202f512"),
        ("share", 0.12345, "0.123"),
        ("share", None, "–"),
        ("share", float("nan"), "–"),
        ("points", -0.034, "-3.4"),
        ("points", float("nan"), "–"),
        ("seconds", 1.26, "1.3 s"),
        ("seconds", 60, "60 s"),
        ("seconds", 600, "10.0 min"),
    ],
)
def test_a_value_is_written_as_its_column_says(format, value, written):
    assert Column("key", "heading", format).cell({"key": value}) == written


def test_an_interval_is_read_from_its_two_bounds():
    row = {"accuracy": 0.5, "accuracy_low": 0.25, "accuracy_high": 0.75}
    assert Column("accuracy", "95 %", "interval").cell(row) == "0.250 – 0.750"


def test_a_text_column_keeps_links():
    link = Link("svm", "model-svm")
    assert Column("model", "model").cell({"model": link}) is link


def test_long_tables_are_folded():
    columns = (Column("n", "n", "number"),)
    short, long = (Table(columns, [{"n": i} for i in range(n)]) for n in (12, 13))
    assert folded_if_long(short, "All 12") is short
    assert folded_if_long(long, "All 13") == Folded("All 13", (long,))


def test_anchors_hold_no_space_or_mark():
    assert anchor("model", "<my svm>") == "model--my-svm-"
    assert anchor("model", "左") == "model-左"


def test_equal_sections_are_equal():
    assert Section("T", "t", (Text("a"),)) == Section("T", "t", (Text("a"),))
