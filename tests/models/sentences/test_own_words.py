"""Scheduled sampling in two passes."""

import torch
from torch import nn

from seqpipe.models.sentences.own_words import with_own_words

GIVEN = torch.tensor([[1, 5, 4, 3], [1, 3, 0, 0]])


class Successor(nn.Module):
    """Would say of each token the next higher one."""

    def forward(self, x, mask, said):
        return nn.functional.one_hot(said + 1, 10).float()


def asked(share):
    return with_own_words(Successor(), torch.zeros(2, 1, 1), torch.ones(2, 1, dtype=torch.bool), GIVEN, share)


def test_of_no_share_nothing_is_asked_and_nothing_drawn():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert with_own_words(None, None, None, GIVEN, 0.0) is GIVEN
    assert torch.equal(torch.get_rng_state(), before)


def test_each_token_is_what_the_net_says_behind_the_true_one_and_the_begin_stays():
    assert asked(1.0).tolist() == [[1, 2, 6, 5], [1, 2, 4, 1]]


def test_a_share_of_them_is_drawn():
    torch.manual_seed(0)
    drawn = torch.stack([asked(0.3) for _ in range(200)])
    own = (drawn != GIVEN).float().mean(0)
    assert (own[:, 0] == 0).all()
    assert ((own[:, 1:] > 0.2) & (own[:, 1:] < 0.4)).all()


def test_no_gradient_flows_through_what_was_asked():
    net = nn.Module()
    net.weight = nn.Parameter(torch.zeros(10))
    net.forward = lambda x, mask, said: net.weight.expand(*said.shape, 10)
    assert not with_own_words(net, None, None, GIVEN, 1.0).requires_grad
    assert torch.is_grad_enabled()
