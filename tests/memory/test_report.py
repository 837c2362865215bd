"""The page: what it has, and that it has no more than there is."""

import re
from functools import cache

import pytest
from tests.memory.tables import (
    FACTS,
    SUMMARY,
    exam_tables,
    gates_table,
    matrices_table,
    padding_table,
    reach_table,
    truncation_table,
)
from tests.memory.test_figures import TRUNCATION, drawn

from seqpipe.memory.report import FIGURES, MemoryInputs, render_memory_report

PADDING = padding_table(rnn=(1.0, 0.9, 0.3, 0.25), lstm=(1.0, 0.99, 0.98, 0.97))


@cache
def pictures():
    return drawn()


def page(facts=FACTS, truncation=TRUNCATION, exams=None, figures=None):
    tables = (reach_table(), matrices_table(), gates_table(), PADDING, truncation)
    exams = exam_tables()[0] if exams is None else exams
    return render_memory_report(
        MemoryInputs(SUMMARY, facts, *tables, exams, pictures() if figures is None else figures)
    )


def test_every_section_and_figure_is_there_and_names_are_escaped():
    html = page()
    for anchor in ("gradient", "jacobian", "gates", "behaviour", "truncation", "exams", "measured", "reproduce"):
        assert f'id="{anchor}"' in html
    assert html.count("<img") == len(FIGURES)
    assert "&lt;b&gt;clips&lt;/b&gt;" in html
    assert "nan" not in re.sub(r"data:image[^\"]*|<style>.*?</style>", "", html, flags=re.DOTALL)


def test_what_was_left_out_and_not_used_is_told():
    html = page()
    assert html.count("The GRU on disk was trained on another D&#39;.") == 2
    assert "6 of the 10 clips of val (4 not used" in html
    assert "3 to 11 steps long" in html


def test_of_clips_of_one_step_no_jacobian_is_shown():
    html = page(FACTS | {"longest": 1, "shortest": 1}, figures={})
    assert "there is no lag" in html
    assert 'id="jacobian"' not in html


def test_without_trainings_and_exams_there_are_no_such_sections():
    html = page(truncation=TRUNCATION.head(0), exams=exam_tables()[0].head(0))
    assert 'id="truncation"' not in html
    assert 'id="exams"' not in html


def test_rows_that_were_not_trained_or_diverged_say_so():
    nan = float("nan")
    html = page(truncation=truncation_table(k1=(nan,) * 4, k11=(1.0, 0.0, 0.0, 0.0), k99=(1.0, 0.0, 0.0, 0.0)))
    assert "99 steps: the same as all of it, not trained again" in html
    assert "diverged" in html


@pytest.mark.parametrize("split", ["train", "val"])
def test_which_clips_were_looked_at_is_told(split):
    html = page(FACTS | {"split": split, "refitted": True})
    assert ("for val has too few" in html) == (split == "train")
    assert ("fitted on as well in the end" in html) == (split == "val")
