"""Additive attention: weights over what is there, and nothing else."""

import torch
from torch import nn

from seqpipe.models.nets.attention import AdditiveAttention

REAL = torch.tensor([[True, True, True, False], [True, False, False, False]])


def attention(seed=0):
    torch.manual_seed(seed)
    return AdditiveAttention(3, 5, 4).double()


def given(seed=1):
    generator = torch.Generator().manual_seed(seed)
    questions, places = (
        torch.randn(2, length, size, generator=generator, dtype=torch.float64) for length, size in ((6, 3), (4, 5))
    )
    return questions, places


def test_weights_sum_to_one_over_what_is_there_and_are_nothing_elsewhere():
    net = attention()
    questions, places = given()
    contexts, weights = net(questions, places, net.keys(places), REAL)
    assert contexts.shape == (2, 6, 5)
    assert weights.shape == (2, 6, 4)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 6, dtype=torch.float64))
    assert (weights[~REAL[:, None].expand_as(weights)] == 0).all()
    assert (weights[1, :, 0] == 1).all()
    torch.testing.assert_close(contexts[1], places[1, :1].expand(6, 5))


def test_it_is_what_bahdanau_writes():
    net = attention()
    questions, places = given()
    contexts, weights = net(questions, places, net.keys(places), REAL)
    W, U, b, v = net.question.weight, net.key.weight, net.key.bias, net.score.weight[0]
    scores = torch.stack([v @ torch.tanh(W @ questions[0, 2] + U @ places[0, s] + b) for s in range(3)])
    torch.testing.assert_close(weights[0, 2, :3], scores.softmax(0))
    torch.testing.assert_close(contexts[0, 2], sum(scores.softmax(0)[s] * places[0, s] for s in range(3)))


def test_what_is_not_there_changes_nothing():
    net = attention()
    questions, places = given()
    other = torch.where(REAL[..., None], places, 7.0)
    for one, two in zip(*(net(questions, of, net.keys(of), REAL) for of in (places, other)), strict=True):
        assert torch.equal(one, two)


def test_the_order_of_places_changes_nothing_but_the_order_of_weights():
    net = attention()
    questions, places = given()
    there, order = torch.ones(2, 4, dtype=torch.bool), torch.tensor([2, 0, 3, 1])
    contexts, weights = net(questions, places, net.keys(places), there)
    turned, other = net(questions, places[:, order], net.keys(places[:, order]), there)
    torch.testing.assert_close(turned, contexts)
    torch.testing.assert_close(other, weights[..., order])


def test_every_parameter_is_learned():
    net = attention()
    questions, places = given()
    contexts, _ = net(questions, places, net.keys(places), REAL)
    nn.functional.mse_loss(contexts, torch.ones_like(contexts)).backward()
    # The bias of the keys shifts within tanh, so that it is learned too.
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())
