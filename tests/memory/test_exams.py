"""The exams are what their definitions say, and guessing reaches what is claimed of it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.memory.exams_of import exams_of

from seqpipe.memory.exams import EXAMS, Batch

MANY = 20_000


def drawn(exam: str, batch: int, steps_between: int, seed: int) -> Batch:
    return EXAMS[exam].batch(batch, steps_between, torch.Generator().manual_seed(seed))


any_draw = given(steps_between=st.integers(5, 40), batch=st.integers(1, 20), seed=st.integers(0, 2**31))
few = settings(max_examples=25)


@few
@any_draw
def test_what_is_added_is_marked_once_in_each_half(steps_between: int, batch: int, seed: int) -> None:
    x, mask, target = drawn("adding", batch, steps_between, seed)
    numbers, marks = x.unbind(-1)
    half = steps_between // 2
    assert x.shape == (batch, steps_between, 2)
    assert mask.all()
    assert ((numbers >= 0) & (numbers < 1)).all()
    for part in marks[:, :half], marks[:, half:]:
        assert (part.sum(1) == 1).all()
    assert target == pytest.approx(numbers[marks == 1].view(batch, 2).sum(1))


@few
@any_draw
def test_of_order_the_class_is_which_two_came_where(steps_between: int, batch: int, seed: int) -> None:
    x, mask, target = drawn("temporal_order", batch, steps_between, seed)
    lengths = mask.sum(1)
    assert ((lengths >= steps_between) & (lengths <= 1.1 * steps_between)).all()
    assert (x.sum(-1) == mask).all()  # one symbol each real step, none behind
    for row, symbols in enumerate(x.argmax(-1)):
        real = symbols[: lengths[row]]
        early, late = (real < 2).nonzero()[:, 0].tolist()
        assert 0 < early <= max(1, steps_between // 5) < steps_between // 2 <= late <= 0.6 * steps_between
        assert target[row] == 2 * real[early] + real[late]
        assert real[0] == 6
        assert real[-1] == 7
        assert (real[1:-1] < 6).all()


@few
@any_draw
def test_what_is_recalled_was_told_before_the_blanks(steps_between: int, batch: int, seed: int) -> None:
    x, mask, target = drawn("copy_memory", batch, steps_between, seed)
    symbols = x.argmax(-1)
    assert symbols.shape == target.shape == (batch, steps_between + 20)
    assert mask.all()
    assert torch.equal(target[:, -10:], symbols[:, :10])
    assert ((symbols[:, :10] >= 1) & (symbols[:, :10] <= 8)).all()
    assert (target[:, :-10] == 0).all()
    assert (symbols[:, 10 + steps_between - 1] == 9).all()
    assert (symbols[:, 10 : 10 + steps_between - 1] == 0).all()
    assert (symbols[:, -10:] == 0).all()


@few
@given(exam=st.sampled_from(list(EXAMS)), seed=st.integers(0, 2**31))
def test_a_seed_decides_what_is_drawn(exam: str, seed: int) -> None:
    once, again, other = (drawn(exam, 16, 20, seed + n) for n in (0, 0, 1))
    assert all(map(torch.equal, once, again))
    assert not torch.equal(once.target, other.target)


@pytest.mark.parametrize("exam", list(EXAMS))
def test_guessing_is_as_good_as_is_told(exam: str) -> None:
    of, steps_between = EXAMS[exam], 10
    _, _, target = drawn(exam, MANY, steps_between, 0)
    answer = best_guess(exam, target)
    assert of.error(answer, target) == pytest.approx(of.guessing, rel=0.03)
    assert float(of.loss(answer, target)) == pytest.approx(of.guessing_loss(steps_between), rel=0.03)


def best_guess(exam: str, target: torch.Tensor) -> torch.Tensor:
    """Answers that depend on nothing that was shown: 1; all classes alike; blanks, then all symbols alike."""
    if exam == "adding":
        return torch.ones(len(target), 1)
    if exam == "temporal_order":
        return torch.zeros(len(target), 4)
    answer = torch.full((*target.shape, 10), -math.inf).clamp(min=-1e4)
    answer[:, :-10, 0] = 0
    answer[:, -10:, 1:9] = 0
    return answer


@pytest.mark.parametrize("exam", list(EXAMS))
def test_solved_is_far_below_guessing(exam: str) -> None:
    assert EXAMS[exam].solved_below < EXAMS[exam].guessing / 10


def test_to_know_one_of_two_numbers_is_not_to_have_solved_it() -> None:
    x, _, target = drawn("adding", MANY, 20, 0)
    numbers, marks = x.unbind(-1)
    late_alone = (numbers * marks)[:, 10:].sum(1, keepdim=True) + 0.5
    assert EXAMS["adding"].error(late_alone, target) == pytest.approx(1 / 12, rel=0.03)
    assert EXAMS["adding"].solved_below < 1 / 12


def test_blanks_count_nothing_in_what_is_recalled() -> None:
    _, _, target = drawn("copy_memory", MANY, 100, 0)
    blanks = torch.zeros(*target.shape, 10).index_fill(-1, torch.tensor(0), 1.0)
    assert EXAMS["copy_memory"].error(blanks, target) == 1


def test_each_exam_can_be_asked_for() -> None:
    assert list(exams_of().steps_between) == list(EXAMS)


def test_an_exam_is_not_sat_twice() -> None:
    with pytest.raises(ValueError, match="name each once"):
        exams_of(adding=[50, 50])
