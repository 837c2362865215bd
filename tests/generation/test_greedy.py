"""Greedy decoding, against plain Python; what it has in common with sampling."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generation.nets import END, MARKS, RULES, Plain, TableNet, asker, closed, possible, told

from seqpipe.generation.greedy import greedy


def plain_greedy(ask, rules):
    said = Plain((), 0.0)
    while len(said.tokens) < rules.max_length:
        sums = {v: said.log_p + p for v, p in possible(ask, said.tokens, rules).items()}
        best = max(sums, key=lambda v: (sums[v], -v))
        if best == END:
            return Plain(said.tokens, sums[best], True)
        said = Plain((*said.tokens, best), sums[best])
    return closed(ask, said, rules)


@given(st.integers(0, 10**6), st.integers(3, 6), st.booleans(), st.integers(0, 3), st.integers(1, 9))
@settings(max_examples=60)
def test_each_token_is_the_likeliest_of_those_that_may_come(seed, vocabulary, ties, no_repeat, longest):
    net = TableNet.drawn(seed, vocabulary, ties=ties)
    rules = replace(RULES, no_repeat=no_repeat, max_length=longest)
    start = net.start(4, seed)
    found = greedy(net, start, 4, MARKS, rules)
    plain = [plain_greedy(asker(net, start[row : row + 1]), rules) for row in range(4)]
    assert [told(row) for row in found] == [[(one.tokens, one.log_p, one.ended)] for one in plain]


def test_only_what_goes_on_is_asked():
    net, sizes = TableNet.drawn(0, 4), []

    def step(tokens, state):
        sizes.append(len(tokens))
        return net(tokens, state)

    found = greedy(step, net.start(40, 0), 40, MARKS, replace(RULES, max_length=20))
    lengths = [len(one.tokens) for (one,) in found]
    assert sizes == [sum(length >= step for length in lengths) for step in range(max(lengths) + 1)]
