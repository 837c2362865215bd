"""All exams are sat by all cells, in processes of their own."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.memory.exams_of import exams_of

from seqpipe.config import ExamsConfig, RuntimeConfig
from seqpipe.memory.sittings import sit_exams


def sat(config: ExamsConfig, threads: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return sit_exams(config, RuntimeConfig(seed=0, device="cpu", threads=threads, deterministic=True))


@pytest.fixture(scope="module")
def config() -> ExamsConfig:
    return exams_of(adding=[10], copy_memory=[5], hidden=8, steps=20, steps_without_gates=0.5, judge_every=10)


@pytest.fixture(scope="module")
def tables(config: ExamsConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    return sat(config, threads=2)


def test_each_exam_has_a_row_for_each_cell(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    exams, _ = tables
    asked = [("adding", 10), ("copy_memory", 5)]
    told = list(exams[["exam", "steps_between", "cell"]].itertuples(index=False, name=None))
    assert told == [(*of, cell) for of in asked for cell in ("rnn", "gru", "lstm")]
    assert not exams["diverged"].any()
    assert (exams["seconds"] > 0).all()


def test_a_cell_without_gates_gets_its_share_of_the_steps_and_it_is_told(
    tables: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    exams, _ = tables
    assert set(exams[exams["cell"] == "rnn"]["budget"]) == {10}
    assert set(exams[exams["cell"] != "rnn"]["budget"]) == {20}


def test_a_curve_ends_with_the_error_of_its_row(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    exams, curves = tables
    of = ["exam", "steps_between", "cell"]
    ends = curves.groupby(of, sort=False).last()
    assert list(ends["error"]) == list(exams["error"])
    assert list(ends["step"]) == list(exams["steps"])


def test_results_do_not_depend_on_how_many_sit_side_by_side(
    config: ExamsConfig, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    alone = sat(config, threads=1)
    for together, one in zip(tables, alone, strict=True):
        pd.testing.assert_frame_equal(*(table.drop(columns="seconds", errors="ignore") for table in (together, one)))


@pytest.mark.parametrize(("multiple", "budget"), [(0.5, 3), (2.0, 6)])
def test_an_rnn_alone_has_the_steps_of_all_but_no_more(multiple: float, budget: int) -> None:
    exams, _ = sat(exams_of(adding=[5], cells=["rnn"], steps=6, steps_without_gates=multiple), threads=1)
    assert list(exams["budget"]) == [budget]


def test_no_exams_are_no_rows() -> None:
    exams, curves = sat(exams_of(), threads=1)
    assert exams.empty
    assert curves.empty
    assert {"exam", "steps_between", "cell", "solved"} <= set(exams)
