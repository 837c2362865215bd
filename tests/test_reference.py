"""The configuration reference: it is what the code says now, and its tables are whole."""

import re
from pathlib import Path

import pytest

from seqpipe.config import INHERITED, PARAMETERS, leaves
from seqpipe.reference import page

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def reference():
    return page(PROJECT / "conf" / "base" / "parameters")


def test_the_written_page_is_up_to_date(reference):
    written = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == reference, "docs/configuration.md is of another day: `make docs` writes it anew"


def test_every_parameter_has_a_row_of_four_cells(reference):
    rows = [line for line in reference.splitlines() if line.startswith("| `")]
    cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    assert {len(row) for row in cells} == {4}
    named = {row[0].strip().strip("`") for row in cells}
    every = {f"{key}.{name}" for key, model in PARAMETERS.items() for name in leaves(model)}
    inherited = {name for name in every if name.startswith(tuple(f"{block}." for block in INHERITED))}
    assert named == every - inherited | {block for block in INHERITED if "." in block}


def test_what_a_block_takes_from_another_is_said_once(reference):
    assert "The parameters of `recurrent`; none is its own." in reference
    assert "The parameters of `frame_labels.recurrent`" in reference


def test_what_differs_for_a_block_is_said(tmp_path):
    for file in (PROJECT / "conf" / "base" / "parameters").glob("*.yml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "gru.yml").write_text("gru: {hidden: 7, training: {epochs: 3}}", encoding="utf-8")
    assert "of its own: `hidden: 7`, `training.epochs: 3`." in page(tmp_path)


def test_a_bar_in_a_cell_does_not_end_it(monkeypatch):
    described = PARAMETERS["runtime"].model_fields["device"]
    monkeypatch.setattr(described, "description", "`cpu|cuda`")
    assert r"| `cpu\|cuda` |" in page(PROJECT / "conf" / "base" / "parameters")


def test_defaults_and_ranges_read_as_one_would_write_them(reference):
    assert "integer 0 to 2147483647" in reference
    assert "`{C: [0.0001, 0.001, 0.01, 0.1, 1], standardize: [true, false], pooling: " in reference
    assert "integer 32 to 256, a multiple of 2" in reference
    assert "None" not in reference
    assert "e+0" not in reference


def test_the_defaults_are_those_of_the_files(tmp_path):
    for file in (PROJECT / "conf" / "base" / "parameters").glob("*.yml"):
        text = file.read_text(encoding="utf-8").replace("seed: 0", "seed: 7")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    assert "| `runtime.seed` | `7` |" in page(tmp_path)


def test_parameters_of_a_block_within_a_stage_have_rows_with_defaults_of_their_own(reference):
    assert "| `recurrent.training.epochs` | `60` | integer ≥ 1 |" in reference
    assert "| `frame_labels.recurrent.training.epochs` | `40` | integer ≥ 1 |" in reference
    assert "| `frame_labels.recurrent` |" not in reference
