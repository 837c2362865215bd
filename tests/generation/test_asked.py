"""What may be said next: what the rules exclude, and what is left where nothing is."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.generation.nets import BEGIN, END, MARKS, RULES, runs_of, told

from seqpipe.core.errors import UserError
from seqpipe.generation.asked import ask, repetitions
from seqpipe.generation.base import Marks, Stepped
from seqpipe.generation.beam_search import beam_search
from seqpipe.generation.greedy import greedy

NOTHING = torch.zeros(1, 0, dtype=torch.int64)


def saying(log_p):
    return lambda last, state: Stepped(torch.as_tensor(log_p).expand(len(last), -1), state, None)


def asked(log_p, marks=MARKS):
    return ask(saying(log_p), torch.tensor([BEGIN]), None, NOTHING, marks, 0).log_p[0].tolist()


@given(st.lists(st.integers(0, 3), max_size=9), st.lists(st.integers(0, 3), max_size=9), st.integers(1, 4))
def test_a_token_is_excluded_where_it_would_repeat_a_run(first, second, n):
    length = min(len(first), len(second))
    said = torch.tensor([first[:length], second[:length]], dtype=torch.int64).view(2, length)
    sentence, token = repetitions(said, n)
    found = set(zip(sentence.tolist(), token.tolist(), strict=True))
    for i, tokens in enumerate(said.tolist()):
        before = set(runs_of(tuple(tokens), n))
        assert {v for v in range(4) if (i, v) in found} == {
            v for v in range(4) if length >= n - 1 and (*tokens[length - n + 1 :], v)[-n:] in before
        }


def test_forbidden_tokens_are_impossible_and_what_the_step_gave_stays_as_it_was():
    given_out = torch.tensor([-1.0, -2.0, -3.0])
    assert asked(given_out, Marks(0, 1, (0, 2))) == [-torch.inf, -2.0, -torch.inf]
    assert asked(given_out, Marks(0, 1, ())) == [-1.0, -2.0, -3.0]
    assert given_out.tolist() == [-1.0, -2.0, -3.0]


def test_half_precision_is_summed_in_single():
    assert ask(
        saying(torch.zeros(3, dtype=torch.bfloat16)), torch.tensor([0]), None, NOTHING, MARKS, 0
    ).log_p.dtype == (torch.float32)


@pytest.mark.parametrize("way", [greedy, beam_search])
def test_where_every_token_is_said_the_end_comes(way):
    p = torch.tensor([0.0, 0.001, 0.5, 0.499], dtype=torch.float64).log()
    ((one, *_),) = way(saying(p), None, 1, MARKS, replace(RULES, beam=1, no_repeat=1, max_length=9))
    assert told([one]) == [((2, 3), pytest.approx(float(p[1:].sum())), True)]


@pytest.mark.parametrize("way", [greedy, beam_search])
def test_where_nothing_is_possible_the_end_is_taken_and_its_log_p_is_told(way):
    log_p = torch.full((4,), -torch.inf)
    log_p[2] = -1.0
    ((one, *_),) = way(saying(log_p), None, 1, MARKS, replace(RULES, no_repeat=1))
    assert told([one]) == [((2,), -torch.inf, True)]


def test_answers_that_are_no_numbers_are_refused():
    with pytest.raises(UserError, match="no numbers"):
        asked([0.0, -1.0, float("nan")])


def test_a_step_answers_each_sentence():
    with pytest.raises(ValueError, match=r"for 2 sentences it gave \(1, 3\)"):
        ask(
            lambda last, state: Stepped(torch.zeros(1, 3), state, None),
            torch.tensor([BEGIN, END]),
            None,
            NOTHING.expand(2, 0),
            MARKS,
            0,
        )
