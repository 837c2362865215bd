"""The encoder-decoder: taught with the true tokens and speaking by itself, it is one net."""

import itertools

import pytest
import torch
from tests.configs import shipped_values, with_changes

from seqpipe.config import DecoderConfig
from seqpipe.generation.rows import of_rows
from seqpipe.models.nets.encoder_decoder import EncoderDecoder

WHERE = ("init", "par", "merge", "attention")
KINDS = [
    (where, cell, factored, tied)
    for where, cell, factored, tied in itertools.product(WHERE, ("gru", "lstm"), (False, True), (True, False))
    if where == "par" or not factored
]
SOURCES = [("vectors", True), ("vectors", False), ("tokens", True)]
"""What is read, and whether it has an order."""
SIZE, SPOKEN, TOKENS = 3, 11, 7
LENGTHS = torch.tensor([4, 1, 3])
MASK = torch.arange(5) < LENGTHS[:, None]
SAID = torch.tensor([[1, 5, 4, 9, 0, 3], [1, 3, 3, 10, 2, 0], [1, 8, 6, 2, 0, 0]])


def made(where="attention", cell="lstm", factored=False, tied=True, source=("vectors", True), **changes):
    sizes = {"cell": cell, "factored": factored, "tied": tied, "hidden": 6, "embedding": 5, "attention": 4}
    values = with_changes(shipped_values("video_captioning")["decoder"], **sizes | {"dropout": 0.5} | changes)
    torch.manual_seed(0)
    kind, ordered = source
    tokens = TOKENS if kind == "tokens" else 0
    net = EncoderDecoder(SIZE, SPOKEN, where, DecoderConfig(**values), ordered, tokens)
    return net.double().eval()


def shown(source=("vectors", True)):
    generator = torch.Generator().manual_seed(1)
    if source[0] == "tokens":
        return torch.randint(0, TOKENS, (3, 5, 1), generator=generator).double()
    return torch.randn(3, 5, SIZE, generator=generator, dtype=torch.float64)


def stepped(net, x, mask, said):
    """Log-probabilities and looks, token by token."""
    state, log_p, looks = net.begun(x, mask), [], []
    for column in said.T:
        answer = net.step(column, state)
        state = answer.state
        log_p.append(answer.log_p)
        looks.append(answer.attention)
    return torch.stack(log_p, 1), looks


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("where", "cell", "factored", "tied"), KINDS)
def test_what_it_is_taught_at_once_it_says_step_by_step(where, cell, factored, tied, source):
    net, x = made(where, cell, factored, tied, source), shown(source)
    with torch.no_grad():
        log_p, _ = stepped(net, x, MASK, SAID)
        torch.testing.assert_close(net(x, MASK, SAID).log_softmax(-1), log_p, rtol=0, atol=1e-12)
    torch.testing.assert_close(log_p.exp().sum(-1), torch.ones(3, 6, dtype=torch.float64))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("where", WHERE)
def test_what_stands_behind_a_sample_changes_nothing(where, source):
    net, x = made(where, source=source), shown(source)
    junk = torch.where(MASK[..., None], x, 3.0 if source[0] == "tokens" else torch.nan)
    with torch.no_grad():
        assert torch.equal(net(x, MASK, SAID), net(junk, MASK, SAID))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("where", "cell", "factored", "tied"), KINDS)
def test_what_it_says_of_a_sample_does_not_depend_on_the_others(where, cell, factored, tied, source):
    net, x = made(where, cell, factored, tied, source), shown(source)
    with torch.no_grad():
        together = net(x, MASK, SAID)
        for n, length in enumerate(LENGTHS.tolist()):
            alone = net(x[n : n + 1, :length], MASK[n : n + 1, :length], SAID[n : n + 1])
            torch.testing.assert_close(alone[0], together[n], rtol=0, atol=1e-12)


@pytest.mark.parametrize("where", WHERE)
def test_no_token_is_told_of_those_behind_it(where):
    net, x = made(where), shown()
    other = SAID.clone()
    other[:, 3:] = 7
    with torch.no_grad():
        one, two = net(x, MASK, SAID), net(x, MASK, other)
    assert torch.equal(one[:, :3], two[:, :3])
    assert not torch.allclose(one[:, 3:], two[:, 3:])


@pytest.mark.parametrize("where", WHERE)
def test_it_speaks_of_what_it_was_shown(where):
    net, x = made(where), shown()
    with torch.no_grad():
        one, other = net(x, MASK, SAID), net(x + 1.0 * MASK[..., None], MASK, SAID)
    assert not torch.allclose(one, other)


@pytest.mark.parametrize("where", WHERE)
def test_where_it_looks_is_told_of_what_is_there_alone(where):
    net, x = made(where), shown()
    with torch.no_grad():
        _, looks = stepped(net, x, MASK, SAID)
    if where != "attention":
        assert looks == [None] * SAID.shape[1]
        return
    looked = torch.stack(looks, 1)
    real = MASK[:, :4]  # the longest has four
    assert looked.shape == (3, 6, 4)
    torch.testing.assert_close(looked.sum(-1), torch.ones(3, 6, dtype=torch.float64))
    assert (looked.masked_select(~real[:, None].expand_as(looked)) == 0).all()
    assert not torch.allclose(looked[0, 0], looked[0, 1]), "it looks anew at each token"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("where", "cell", "factored", "tied"), KINDS)
def test_gradients_reach_every_parameter(where, cell, factored, tied, source):
    net = made(where, cell, factored, tied, source)
    logits = net(shown(source), MASK, SAID)
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), SAID.roll(-1, 1).flatten()).backward()
    without = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


@pytest.mark.parametrize("where", WHERE)
def test_what_is_tied_has_no_matrix_of_its_own(where):
    tied, free = (sum(p.numel() for p in made(where, tied=of).parameters()) for of in (True, False))
    assert free - tied == SPOKEN * 5


def test_factored_is_a_layer_more_and_says_nothing_elsewhere():
    count = lambda net: sum(p.numel() for p in net.parameters())  # noqa: E731
    assert count(made("par", factored=True)) > count(made("par"))
    assert all(count(made(where, factored=True)) == count(made(where)) for where in ("init", "merge", "attention"))


@pytest.mark.parametrize("where", WHERE)
def test_its_state_may_be_left_out_repeated_and_reordered_by_rows(where):
    net, x, rows = made(where), shown(), torch.tensor([2, 0, 0])
    with torch.no_grad():
        state = net.step(SAID[:, 0], net.begun(x, MASK)).state
        whole = net.step(SAID[:, 1], state).log_p
        some = net.step(SAID[rows, 1], of_rows(state, rows, among=3)).log_p
    torch.testing.assert_close(some, whole[rows], rtol=0, atol=1e-12)


@pytest.mark.parametrize("where", WHERE)
def test_dropout_is_of_training_alone(where):
    net, x = made(where), shown()
    with torch.no_grad():
        assert torch.equal(net(x, MASK, SAID), net(x, MASK, SAID))
        net.train()
        assert not torch.equal(net(x, MASK, SAID), net(x, MASK, SAID))
        net = made(where, dropout=0.0).train()
        assert torch.equal(net(x, MASK, SAID), net(x, MASK, SAID))
