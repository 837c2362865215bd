"""The gradient at every state, against what a difference quotient says of it."""

import pytest
import torch
from tests.memory.conftest import CELLS, config
from torch.nn.functional import cross_entropy

from seqpipe.memory.gradients import gradient_norms, layer_inputs, recording, top_layers
from seqpipe.models.nets.cells import CELLS as BY_NAME
from seqpipe.models.nets.cells import gate_weights, unfolded
from seqpipe.models.nets.recurrent import RecurrentNet

N, T, D, K = 3, 5, 2, 3


def net_of(cell, **changes):
    torch.manual_seed(0)
    return RecurrentNet(D, K, cell, config(hidden=4, **changes)).double().eval()


def problem(lengths=(5, 3, 1)):
    torch.manual_seed(1)
    mask = torch.arange(T)[None] < torch.tensor(lengths)[:, None]
    return torch.randn(N, T, D, dtype=torch.double) * mask[..., None], mask, torch.tensor([0, 1, 2])


def loss_from(cell, net, x, h_t, t):
    """The loss of one clip by a causal net with the last state read, whose first part at step t is h_t."""
    layer = top_layers(net)[0]
    states = unfolded(
        BY_NAME[cell], x[:, : t + 1], layer_state(cell, layer, x), gate_weights(BY_NAME[cell], layer.weights)
    )
    state = (h_t, *states[-1][1:])
    rest = unfolded(BY_NAME[cell], x[:, t + 1 :], state, gate_weights(BY_NAME[cell], layer.weights))
    return net.head((rest[-1] if rest else state)[0])


def layer_state(cell, layer, x):
    return tuple(x.new_zeros(len(x), layer.weights.hidden_size) for _ in range(BY_NAME[cell].states))


@CELLS
def test_the_norm_is_that_of_the_gradient_at_a_state_put_in_by_hand(cell):
    net, (x, mask, t) = net_of(cell, bidirectional=False), problem((5, 5, 5))
    (norms,) = gradient_norms(net, x, mask, t)
    with recording(top_layers(net)) as kept:
        net(x, mask)
    for step in range(T):
        h_t = kept[0][step][0].detach().requires_grad_()
        loss = cross_entropy(loss_from(cell, net, x, h_t, step), t, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, h_t)
        torch.testing.assert_close(norms["h"][:, step], gradient.norm(dim=-1))


@CELLS
def test_each_direction_has_its_own_order_and_nothing_lies_behind_the_end(cell):
    net, (x, mask, t) = net_of(cell), problem()
    ways = gradient_norms(net, x, mask, t)
    assert len(ways) == 2
    for way in ways:
        assert set(way) == ({"h", "C"} if cell == "lstm" else {"h"})
        for norms in way.values():
            assert norms.shape == (N, T)
            assert (norms[~mask] == 0).all()
            assert (norms[mask] > 0).all()


def test_a_clips_gradient_is_that_of_the_clip_alone_and_batches_change_nothing(monkeypatch):
    net, (x, mask, t) = net_of("lstm"), problem()
    together = gradient_norms(net, x, mask, t)
    monkeypatch.setattr("seqpipe.memory.gradients.NUMBERS_AT_ONCE", 1)
    alone = gradient_norms(net, x, mask, t)
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a, b)


def test_what_the_layers_left_is_taken_away_again():
    net, asked = net_of("gru"), problem()
    gradient_norms(net, *asked)
    assert all(layer.recorded is None for layer in top_layers(net))


@pytest.mark.parametrize("layers", [1, 2])
def test_the_input_of_the_top_layer_is_turned_for_the_direction_that_reads_backwards(layers):
    net, (x, mask, _) = net_of("rnn", layers=layers), problem((5, 5, 5))
    forward, backward = layer_inputs(net, x, mask)
    assert forward.shape[-1] == (D if layers == 1 else 8)
    torch.testing.assert_close(backward, forward.flip(1))
