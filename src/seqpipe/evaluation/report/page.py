"""Sections as one HTML file that needs nothing beside it: style, text and pictures in one string."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from seqpipe.evaluation.report.section import Link, Part, Section, Styled, Text


def render_page(title: str, lead: Text, sections: Sequence[Section], findings: Sequence[Text] = ()) -> str:
    """The page as HTML; all that the sections hold is escaped.

    Args:
        title: Its heading.
        lead: What it is about, below the heading.
        sections: From top to bottom, with a list of contents above them.
        findings: What is said before the first section.
    """
    page = _environment().get_template("page.html.j2")
    return page.render(title=title, lead=lead, findings=findings, sections=sections)


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["address"] = _address
    for kind in (Styled, Link, *get_args(Part)):
        env.tests[kind.__name__.lower()] = lambda value, kind=kind: isinstance(value, kind)
    return env


def _address(png: bytes) -> str:
    """A PNG as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
