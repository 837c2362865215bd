"""All exams by all cells, side by side: each in a process, on a thread of its own; so small a net gains by no more."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
from tqdm import tqdm

from seqpipe.config import ExamsConfig
from seqpipe.core.progress import progress
from seqpipe.memory.chrono import KEEPING
from seqpipe.memory.examined import Judgement, Result, Sitting, examine
from seqpipe.memory.exams import EXAMS
from seqpipe.runtime.devices import usable_cores
from seqpipe.runtime.processes import side_by_side

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig

SITTING = list(Sitting._fields)
JUDGED = ["error", "guessing", "loss", "guessing_loss", "diverged"]
EXAM_COLUMNS = [*SITTING, "solved", "steps", "budget", "seconds", *JUDGED]
CURVE_COLUMNS = [*SITTING, *Judgement._fields]

logger = logging.getLogger(__name__)

_Results: TypeAlias = dict[Sitting, Result]


def sit_exams(config: ExamsConfig, runtime: RuntimeConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every cell sits every exam.

    Cells without gates sit last, with as many steps as the slowest with gates took in the same exam, times
    ``steps_without_gates``, and with ``steps`` at most: what they are given is told, as ``budget``.

    Returns:
        ``exams``, a row for each: ``exam``, ``steps_between``, ``cell``, ``solved``, ``steps`` (until it was solved, or
        spent), ``budget``, ``seconds``, ``error`` (NaN where it diverged), ``guessing`` (the error of the best guess),
        ``loss``, ``guessing_loss``, ``diverged``; and ``curves``: ``exam``, ``steps_between``, ``cell``, ``step``,
        ``error``, ``loss``.
    """
    asked = [(exam, T) for exam, all_of_it in config.steps_between.items() for T in all_of_it]
    sittings = [Sitting(exam, T, cell) for exam, T in asked for cell in config.cells]
    with progress(len(sittings), "exams", "training") as bar:
        gated = {sitting: config.steps for sitting in sittings if KEEPING[sitting.cell]}
        done = _done(gated, config, runtime, bar)
        done |= _done(_budgets_without_gates(sittings, done, config), config, runtime, bar)
    results = [done[sitting] for sitting in sittings]
    return _exams(results), _curves(results)


def _done(budgets: Mapping[Sitting, int], config: ExamsConfig, runtime: RuntimeConfig, bar: tqdm) -> _Results:
    done = {}
    for result in _results(budgets, config, runtime):
        done[result.sitting] = result
        logger.info("%s", result.words)
        bar.update()
    return done


def _budgets_without_gates(sittings: Sequence[Sitting], done: _Results, config: ExamsConfig) -> dict[Sitting, int]:
    """Of each cell without gates, by what those with gates took in the same exam; never more than these were given."""
    budgets = {}
    for sitting in (sitting for sitting in sittings if not KEEPING[sitting.cell]):
        taken = [result.steps for of, result in done.items() if of[:2] == sitting[:2]]
        fair = math.ceil(config.steps_without_gates * max(taken, default=config.steps))
        budgets[sitting] = min(fair, config.steps)
    return budgets


def _results(budgets: Mapping[Sitting, int], config: ExamsConfig, runtime: RuntimeConfig) -> Iterator[Result]:
    """The results as they come; what takes longest begins first, so that none of it is waited for at the end."""
    if not budgets:
        return
    # Where each step is answered most is to be kept, for which all steps of the budget may go.
    longest_first = sorted(budgets, key=lambda of: (EXAMS[of.exam].each_step, of.steps_between), reverse=True)
    workers = min(usable_cores(runtime), len(budgets))
    calls = [(sitting, budgets[sitting], config, runtime.seed, runtime.deterministic) for sitting in longest_first]
    yield from side_by_side(examine, calls, workers)


def _exams(results: Sequence[Result]) -> pd.DataFrame:
    return pd.DataFrame([_row(result) for result in results], columns=EXAM_COLUMNS)


def _row(result: Result) -> tuple[Any, ...]:
    exam = EXAMS[result.sitting.exam]
    guessing_loss = exam.guessing_loss(result.sitting.steps_between)
    judged = (result.error, exam.guessing, result.loss, guessing_loss, result.diverged)
    return (*result.sitting, result.solved, result.steps, result.budget, result.seconds, *judged)


def _curves(results: Sequence[Result]) -> pd.DataFrame:
    return pd.DataFrame([(*of.sitting, *seen) for of in results for seen in of.curve], columns=CURVE_COLUMNS)
