"""Sampling: drawn again alike, as the model holds tokens for likely, each row by itself."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generation.nets import BEGIN, END, MARKS, RULES, SmallNet, TableNet, asker, runs_of, told

from seqpipe.generation.base import Stepped
from seqpipe.generation.greedy import greedy
from seqpipe.generation.sample import _token_at, sample

SEEDS = st.integers(0, 10**6)
SAMPLED = replace(RULES, sampling="sample", max_length=8)


def all_told(found):
    return [told(row) for row in found]


@given(SEEDS, st.permutations(range(5)))
@settings(max_examples=20)
def test_a_row_draws_by_its_own_seed(seed, order):
    net = TableNet.drawn(seed, 7)
    start, seeds = net.start(5, seed), [seed + i for i in range(5)]
    together = all_told(sample(net, start, 5, MARKS, SAMPLED, seeds))
    elsewhere = sample(net, start[list(order)], 5, MARKS, SAMPLED, [seeds[row] for row in order])
    assert all_told(elsewhere) == [together[row] for row in order]
    assert all_told(sample(net, start[3:4], 1, MARKS, SAMPLED, seeds[3:4])) == together[3:4]


@given(SEEDS)
@settings(max_examples=20)
def test_with_one_seed_the_other_rows_decide_nothing(seed):
    net = TableNet.drawn(seed, 7)
    start, others = net.start(5, seed), net.start(5, seed + 1)
    others[2] = start[2]
    found = all_told(sample(net, start, 5, MARKS, SAMPLED, seed))
    assert found == all_told(sample(net, start, 5, MARKS, SAMPLED, seed))
    assert found[2] == all_told(sample(net, others, 5, MARKS, SAMPLED, seed))[2]


def test_rows_that_are_alike_draw_different_sentences():
    net = TableNet.drawn(0, 7)
    found = sample(net, net.start(1, 0).expand(20), 20, MARKS, SAMPLED, 0)
    assert len({one.tokens for (one,) in found}) > 10
    assert all_told(sample(net, net.start(1, 0).expand(20), 20, MARKS, SAMPLED, 1)) != all_told(found)


@given(SEEDS, st.sampled_from([TableNet, SmallNet]), st.integers(0, 2), st.sampled_from([1e-6, 1e-300]))
@settings(max_examples=30)
def test_near_no_temperature_it_is_greedy(seed, kind, no_repeat, temperature):
    net = kind.drawn(seed, 7)
    rules = replace(SAMPLED, temperature=temperature, no_repeat=no_repeat)
    cold, likeliest = (
        way(net, net.start(3, seed), 3, MARKS, rules, *of) for way, of in ((sample, (seed,)), (greedy, ()))
    )
    assert all_told(cold) == all_told(likeliest)


@given(SEEDS, st.floats(0.2, 5.0), st.integers(0, 2))
@settings(max_examples=30)
def test_log_p_is_the_models_own_and_the_rules_are_kept(seed, temperature, no_repeat):
    net = TableNet.drawn(seed, 6)
    rules = replace(SAMPLED, temperature=temperature, no_repeat=no_repeat)
    start = net.start(4, seed)
    for row, (one,) in enumerate(sample(net, start, 4, MARKS, rules, seed)):
        ask, said = asker(net, start[row : row + 1]), (*one.tokens, END) if one.ended else one.tokens
        assert one.log_p == pytest.approx(sum(ask(said[:i])[token] for i, token in enumerate(said)))
        assert not {BEGIN, END} & set(one.tokens)
        assert not no_repeat or max(Counter(runs_of(one.tokens, no_repeat)).values(), default=1) == 1


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_come_as_often_as_they_are_likely(temperature):
    p = np.array([0.0, 0.1, 0.2, 0.3, 0.4])

    def step(last, state):
        return Stepped(torch.from_numpy(p).log().expand(len(last), -1), state, None)

    n = 20_000
    found = sample(step, None, n, MARKS, replace(SAMPLED, max_length=1, temperature=temperature), 0)
    counts = np.bincount([one.tokens[0] if one.tokens else END for (one,) in found], minlength=5)
    wanted = p ** (1 / temperature) / (p ** (1 / temperature)).sum()
    assert np.abs(counts / n - wanted).max() < 4 * np.sqrt(0.25 / n)


def test_the_ends_of_the_unit_interval_fall_on_tokens_that_are_possible():
    log_p = torch.tensor([[-torch.inf, 0.1, 0.7, 0.2, -torch.inf]]).log().nan_to_num(nan=-torch.inf).repeat(3, 1)
    u = torch.tensor([0.0, 0.5, np.nextafter(1.0, 0.0)], dtype=torch.float64)
    assert _token_at(u, log_p, 1.0).tolist() == [1, 2, 3]


def test_a_seed_too_few_is_refused():
    with pytest.raises(ValueError, match="takes a seed each, got 1"):
        sample(TableNet.drawn(0, 4), torch.zeros(2, dtype=torch.int64), 2, MARKS, SAMPLED, [3])
