"""What a decoder speaks of, read once."""

import itertools

import pytest
import torch
from torch import nn

from seqpipe.models.nets.source import SourceEncoder

KINDS = list(itertools.product((0, 7), ("gru", "lstm"), (True, False)))
"""Tokens, cell, whether steps have an order."""
LENGTHS = torch.tensor([4, 1, 3])
MASK = torch.arange(5) < LENGTHS[:, None]
NO_DROPOUT = nn.Identity()


def made(tokens, cell, ordered):
    torch.manual_seed(0)
    return SourceEncoder(3, tokens, 4, 6, cell, ordered).double()


def shown(tokens):
    generator = torch.Generator().manual_seed(1)
    if tokens:
        return torch.randint(0, tokens, (3, 5, 1), generator=generator).double()
    return torch.randn(3, 5, 3, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("tokens", "cell", "ordered"), KINDS)
def test_the_summary_is_as_large_as_a_place_and_nothing_is_kept_behind_the_longest(tokens, cell, ordered):
    net = made(tokens, cell, ordered)
    source = net(shown(tokens), MASK, NO_DROPOUT)
    assert source.summary.shape == (3, net.size)
    assert source.places.shape == (3, 4, net.size)
    assert torch.equal(source.real, MASK[:, :4])
    assert (source.places[~source.real] == 0).all()
    assert net.size == (12 if ordered else 6)


@pytest.mark.parametrize(("tokens", "cell", "ordered"), KINDS)
def test_what_stands_behind_a_sample_changes_nothing_whatever_it_is(tokens, cell, ordered):
    net, x = made(tokens, cell, ordered), shown(tokens)
    junk = torch.where(MASK[..., None], x, 3.0 if tokens else torch.nan)
    for one, other in zip(*(net(of, MASK, NO_DROPOUT) for of in (x, junk)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("tokens", "cell", "ordered"), KINDS)
def test_a_sample_is_read_alone_as_in_company(tokens, cell, ordered):
    net, x = made(tokens, cell, ordered), shown(tokens)
    together = net(x, MASK, NO_DROPOUT)
    for n, length in enumerate(LENGTHS.tolist()):
        alone = net(x[n : n + 1, :length], MASK[n : n + 1, :length], NO_DROPOUT)
        torch.testing.assert_close(alone.summary[0], together.summary[n])
        torch.testing.assert_close(alone.places[0], together.places[n, :length])


@pytest.mark.parametrize("tokens", [0, 7])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_in_order_each_direction_says_at_its_end_what_the_summary_is(tokens, cell):
    net, x = made(tokens, cell, True), shown(tokens)
    source = net(x, MASK, NO_DROPOUT)
    for n, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(source.summary[n, :6], source.places[n, length - 1, :6])
        torch.testing.assert_close(source.summary[n, 6:], source.places[n, 0, 6:])
        turned = x[n : n + 1, :length].flip(1)
        read = turned if net.embedding is None else net.embedding(turned[..., 0].long())
        torch.testing.assert_close(net.ways[1](read)[0][0].flip(0), source.places[n, :length, 6:])


@pytest.mark.parametrize(("tokens", "ordered"), [(0, False), (7, False), (0, True)])
def test_only_what_has_an_order_is_read_in_order(tokens, ordered):
    net, x = made(tokens, "gru", ordered), shown(tokens)
    there = torch.ones(3, 5, dtype=torch.bool)
    one, other = (net(of, there, NO_DROPOUT).summary for of in (x, x.flip(1)))
    assert torch.allclose(one, other) == (not ordered)


@pytest.mark.parametrize(("tokens", "cell", "ordered"), KINDS)
def test_every_parameter_is_learned(tokens, cell, ordered):
    net = made(tokens, cell, ordered)
    source = net(shown(tokens), MASK, NO_DROPOUT)
    (source.summary.square().sum() + source.places.square().sum()).backward()
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())


def test_places_of_a_map_are_read_with_their_neighbours_and_where_they_are():
    torch.manual_seed(0)
    net = SourceEncoder(3, 0, 4, 6, "gru", False, places=25).double()
    with torch.no_grad():
        net.where.normal_()
    x, there = torch.randn(1, 25, 3, dtype=torch.float64), torch.ones(1, 25, dtype=torch.bool)
    before = net(x, there, NO_DROPOUT).places
    changed = x.clone()
    changed[0, 12] += 1.0  # the middle of 5 x 5
    moved = (net(changed, there, NO_DROPOUT).places != before).any(-1)[0].view(5, 5)
    assert moved[1:4, 1:4].all()
    assert int(moved.sum()) == 9
    same = torch.ones(1, 25, 3, dtype=torch.float64)
    inner = net(same, there, NO_DROPOUT).places[0].view(5, 5, -1)[1:4, 1:4].flatten(0, 1)
    assert len(torch.unique(inner, dim=0)) == 9, "each place has a bias of its own"
