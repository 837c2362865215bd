"""Every part of a section has its HTML, and all that it holds is escaped."""

from __future__ import annotations

from typing import get_args

import pytest
from tests.evaluation.report.pages import Page

from seqpipe.evaluation.figures.style import new_figure, png_bytes
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.section import (
    Column,
    Command,
    Facts,
    Folded,
    Heading,
    Items,
    Link,
    Part,
    Picture,
    Section,
    Side,
    Styled,
    Table,
    Text,
)

EVIL = "<script>alert(\"'&'\")</script>"
STYLES = ("bold", "italic", "code", "badge")


def every_part(words: str) -> list[Part]:
    """One part of each type, which hold nothing but these words."""
    inline = (words, Link(words, "here"), *(Styled(words, style) for style in STYLES))
    picture = Picture(png_bytes(new_figure(1.0)), words, words, words)
    table = Table((Column("a", words, title=words),), [{"a": inline}], total={"a": words})
    paragraph = Text(inline, "note")
    parts = [paragraph, Heading(words), table, picture, Side([picture]), Facts([(words, inline)]), Items([inline])]
    return [*parts, Command(words), Folded(words, (paragraph, table))]


def page_of(*parts: Part) -> Page:
    return Page(render_page("title", Text("lead", "lead"), [Section("Here", "here", parts)]))


def test_all_parts_are_among_these():
    assert {type(part) for part in every_part("w")} == set(get_args(Part))


@pytest.mark.parametrize("part", every_part("word"), ids=lambda part: type(part).__name__)
def test_each_part_is_shown(part):
    """The description of a picture, and of a column, is an attribute; all else is text."""
    page = page_of(part)
    empty = page_of()
    assert page.text.count("word") > empty.text.count("word")
    assert len(page.elements) > len(empty.elements)


@pytest.mark.parametrize("part", every_part(EVIL), ids=lambda part: type(part).__name__)
def test_each_part_is_escaped(part):
    page = page_of(part)
    assert not page.attributes("script")
    assert EVIL in page.text


def test_what_is_folded_holds_its_parts():
    page = page_of(Folded("All", (Folded("Within", (Text("deep"),)),)))
    assert len(page.attributes("details")) == 2
    assert "AllWithindeep" in page.text.replace(" ", "")


def test_the_contents_lead_to_every_section():
    sections = [Section(title, title.lower(), ()) for title in ("One", "Two")]
    page = Page(render_page("title", Text("lead"), sections, [Text("finding", "contrast")]))
    assert [attrs["href"] for attrs in page.attributes("a")] == ["#one", "#two"]
    assert [attrs["id"] for attrs in page.attributes("h2")] == ["one", "two"]
    assert "title lead One Two finding One Two" in page.text


def test_a_wide_picture_has_the_page_to_itself():
    pictures = [Picture(png_bytes(new_figure(1.0, width_in=width)), "alt") for width in (7.0, 4.0)]
    assert [bool(attrs) for attrs in page_of(Side(pictures)).attributes("section")] == [True, False]
