"""Beam search: against plain Python, all that may be said, and greedy decoding."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generation.nets import (
    BEGIN,
    END,
    MARKS,
    RULES,
    SmallNet,
    TableNet,
    asker,
    every_sentence,
    plain_beam_search,
    runs_of,
    told,
)

from seqpipe.generation.base import Marks, OfRow, Stepped
from seqpipe.generation.beam_search import beam_search
from seqpipe.generation.greedy import greedy

SEEDS = st.integers(0, 10**6)
NETS = st.sampled_from([TableNet, SmallNet])


@given(
    SEEDS,
    st.integers(3, 6),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    st.integers(0, 3),
    st.integers(1, 6),
)
@settings(max_examples=60)
def test_it_is_the_plain_search_with_all_its_ties_and_stopping_early_changes_nothing(
    seed, vocabulary, beam, alpha, no_repeat, longest
):
    net = TableNet.drawn(seed, vocabulary, ties=True)
    rules = replace(RULES, beam=beam, length_normalisation=alpha, no_repeat=no_repeat, max_length=longest)
    start = net.start(3, seed)
    found = beam_search(net, start, 3, MARKS, rules)
    for row, sentences in enumerate(found):
        plain = plain_beam_search(asker(net, start[row : row + 1]), rules)
        assert told(sentences) == [(one.tokens, one.log_p, one.ended) for one in plain]


@given(SEEDS, NETS, st.sampled_from([0.0, 0.7, 1.0]), st.integers(0, 2))
@settings(max_examples=20)
def test_a_beam_that_holds_every_prefix_finds_what_is_best_of_all(seed, kind, alpha, no_repeat):
    net = kind.drawn(seed, 4)
    rules = replace(RULES, beam=200, length_normalisation=alpha, no_repeat=no_repeat, max_length=4)
    start = net.start(1, seed)
    best = sorted(every_sentence(asker(net, start), rules), key=lambda one: -one.score(rules))
    (found,) = beam_search(net, start, 1, MARKS, rules)
    assert [one.tokens for one in found] == [one.tokens for one in best]
    assert [one.ended for one in found] == [one.ended for one in best]
    assert [one.log_p for one in found] == pytest.approx([one.log_p for one in best])


@given(SEEDS, NETS, st.booleans(), st.sampled_from([0.0, 0.7, 1.0]), st.integers(0, 2), st.integers(1, 8))
@settings(max_examples=60)
def test_a_beam_of_one_is_greedy_to_the_bit(seed, kind, ties, alpha, no_repeat, longest):
    net = kind.drawn(seed, 5, ties=True) if ties and kind is TableNet else kind.drawn(seed, 5)
    rules = replace(RULES, beam=1, length_normalisation=alpha, no_repeat=no_repeat, max_length=longest)
    beams, chosen = (way(net, net.start(4, seed), 4, MARKS, rules) for way in (beam_search, greedy))
    assert [told(row) for row in beams] == [told(row) for row in chosen]
    for (one,), (other,) in zip(beams, chosen, strict=True):
        assert np.array_equal(one.attention, other.attention)


@given(SEEDS, st.integers(3, 30), st.integers(1, 5), st.permutations(range(5)))
@settings(max_examples=30)
def test_an_answer_does_not_depend_on_the_other_rows(seed, vocabulary, beam, order):
    net = TableNet.drawn(seed, vocabulary)
    rules = replace(RULES, beam=beam, no_repeat=2, max_length=7)
    start = net.start(5, seed)
    together = [told(row) for row in beam_search(net, start, 5, MARKS, rules)]
    elsewhere = [told(row) for row in beam_search(net, start[list(order)], 5, MARKS, rules)]
    assert elsewhere == [together[row] for row in order]
    alone = [told(beam_search(net, start[row : row + 1], 1, MARKS, rules)[0]) for row in range(5)]
    assert alone == together


@given(SEEDS, NETS, st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=40)
def test_sentences_are_in_order_keep_the_rules_and_are_worth_what_is_said(seed, kind, beam, no_repeat):
    net = kind.drawn(seed, 6)
    marks = Marks(BEGIN, END, (BEGIN, 3))
    rules = replace(RULES, beam=beam, no_repeat=no_repeat, max_length=8)
    start = net.start(1, seed)
    (found,) = beam_search(net, start, 1, marks, rules)
    ask = asker(net, start)
    scores = []
    for one in found:
        assert not {BEGIN, END, 3} & set(one.tokens)
        assert len(set(runs_of(one.tokens, no_repeat))) == len(runs_of(one.tokens, no_repeat))
        said = (*one.tokens, END) if one.ended else one.tokens
        assert one.log_p == pytest.approx(sum(ask(said[:i])[token] for i, token in enumerate(said)))
        scores.append(one.log_p / len(said) ** rules.length_normalisation)
        assert one.ended or len(one.tokens) == rules.max_length
    assert scores == sorted(scores, reverse=True)
    assert len({one.tokens for one in found}) == len(found)


@given(SEEDS, st.integers(1, 4))
@settings(max_examples=20)
def test_what_was_looked_at_is_that_of_each_token(seed, beam):
    net = TableNet.drawn(seed, 6)
    start = net.start(3, seed)
    rules = replace(RULES, beam=beam, max_length=6)
    for row, sentences in enumerate(beam_search(net, start, 3, MARKS, rules)):
        for one in sentences:
            state, looked = start[row : row + 1], []
            for token in (BEGIN, *one.tokens)[: len(one.tokens)]:
                stepped = net(torch.tensor([token]), state)
                state = stepped.state
                looked.append(stepped.attention[0].numpy())
            assert one.attention.shape == (len(one.tokens), 5)
            assert np.array_equal(one.attention, np.reshape(looked, (-1, 5)))


@given(SEEDS, st.integers(2, 5))
@settings(max_examples=20)
def test_what_is_of_a_row_is_that_of_its_row(seed, beam):
    """The row's number goes along; without normalisation, for then rows end and are left out at different steps."""
    net = TableNet.drawn(seed, 6)
    start = net.start(4, seed)

    def step(tokens, state):
        place, shown, number = state
        stepped = net(tokens, place)
        assert torch.equal(shown.value[0], number)
        return stepped._replace(state=(stepped.state, shown, number))

    rules = replace(RULES, beam=beam, length_normalisation=0.0, max_length=8)
    number = torch.arange(4)
    found = beam_search(step, (start, OfRow((number,)), number), 4, MARKS, rules)
    assert [told(row) for row in found] == [told(row) for row in beam_search(net, start, 4, MARKS, rules)]


def test_what_is_of_a_row_is_not_copied_while_the_rows_stay():
    net, seen = TableNet.drawn(0, 6), []

    def step(tokens, state):
        seen.append(state[1].value)
        stepped = net(tokens, state[0])
        return stepped._replace(state=(stepped.state, state[1]))

    rules = replace(RULES, length_normalisation=1.0, max_length=6)
    beam_search(step, (net.start(4, 0), OfRow(torch.arange(4))), 4, MARKS, rules)
    assert len({id(value) for value in seen}) < len(seen) == 7


def certain(*tokens):
    """A net that says these tokens, whatever was said."""

    def step(last, state):
        log_p = torch.full((len(last), 6), -torch.inf)
        log_p[torch.arange(len(last)), torch.tensor([*tokens, END])[state]] = 0.0
        return Stepped(log_p, state + 1, None)

    return step


def test_an_end_behind_the_last_allowed_token_is_taken():
    rules = replace(RULES, max_length=3)
    ((one,),) = beam_search(certain(2, 3, 4), torch.zeros(1, dtype=torch.int64), 1, MARKS, rules)
    assert told([one]) == [((2, 3, 4), 0.0, True)]
    assert one.attention is None


def test_what_does_not_end_is_cut():
    rules = replace(RULES, max_length=2)
    ((one,),) = beam_search(certain(2, 3, 4), torch.zeros(1, dtype=torch.int64), 1, MARKS, rules)
    assert told([one]) == [((2, 3), 0.0, False)]


def test_an_empty_sentence_is_one():
    ((one,),) = beam_search(certain(), torch.zeros(1, dtype=torch.int64), 1, MARKS, RULES)
    assert told([one]) == [((), 0.0, True)]


def test_rows_that_nothing_can_change_are_not_asked_any_more():
    """Two sentences: with nothing said, p = 0.9, and one token, 0.06 * 0.9; what is left then is 0.06 * 0.06 at most.

    By the mean, the second's -1.46 may still be beaten by log(0.06**2) / 6 and log(0.06**3) / 6, if all else is sure.
    """
    asked = []

    def step(last, state):
        asked.append(len(last))
        p = torch.tensor([[0.0, 0.9, 0.06, 0.04], [0.0, 0.001, 0.5, 0.499]], dtype=torch.float64)
        return Stepped(p[state].log(), state, None)

    rules = replace(RULES, beam=1, length_normalisation=0.0, max_length=5)
    first, second = beam_search(step, torch.tensor([0, 1]), 2, MARKS, rules)
    assert first[0].tokens == ()
    assert len(second[0].tokens) == 5
    assert asked == [2, 1, 1, 1, 1, 1]
    asked.clear()
    beam_search(step, torch.tensor([0]), 1, MARKS, replace(rules, beam=2))
    assert asked == [1, 1]
    asked.clear()
    beam_search(step, torch.tensor([0]), 1, MARKS, replace(rules, beam=2, length_normalisation=1.0))
    assert asked == [1, 1, 1, 1]
