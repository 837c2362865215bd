"""The fit loop: history, best weights, early stopping, clipping, a loss that is not finite."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from seqpipe.errors import UserError
from seqpipe.training.fit import Outcome, Plan, fit, warm_up_and_cosine

CPU = torch.device("cpu")


def plan(**changes):
    values = {
        "epochs": 5,
        "learning_rate": 0.05,
        "weight_decay": 0.0,
        "clip_norm": None,
        "patience": None,
        "keep": "last",
    }
    return Plan(**values | changes)


def step(net, batch):
    x, t = batch
    logits = net(x)
    return Outcome(cross_entropy(logits, t), (logits.argmax(1) == t).sum(), len(t))


def data(seed=0, n=64):
    generator = torch.Generator().manual_seed(seed)
    t = torch.arange(n) % 2
    return [(torch.randn(n, 3, generator=generator) + t[:, None] * 2.0, t)]


def train(net, the_plan, the_step=step, val=True):
    return fit(net, the_step, data(), data(1) if val else None, the_plan, device=CPU, deterministic=True)


def net(seed=0):
    torch.manual_seed(seed)
    return nn.Linear(3, 2)


def test_history_has_a_row_an_epoch_and_the_loss_falls():
    history = train(net(), plan(epochs=8))
    assert history["epoch"].tolist() == list(range(8))
    assert list(history.columns) == ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"]
    assert history["val_loss"].iloc[-1] < history["val_loss"].iloc[0]


def test_the_history_says_what_the_net_would_say():
    trained = net()
    history = train(trained, plan())
    x, t = data(1)[0]
    assert float(cross_entropy(trained(x), t)) == pytest.approx(history["val_loss"].iloc[-1], rel=1e-5)


def test_keep_best_puts_the_best_weights_back():
    trained = net()
    history = train(trained, plan(epochs=30, learning_rate=3.0, keep="best"))
    x, t = data(1)[0]
    assert float(cross_entropy(trained(x), t)) == pytest.approx(history["val_loss"].min(), rel=1e-5)


def test_patience_ends_training():
    history = train(net(), plan(epochs=500, learning_rate=5.0, patience=2))
    best = history["val_loss"].idxmin()
    assert len(history) == best + 3 < 500


def test_without_val_there_is_no_val_in_the_history():
    assert "val_loss" not in train(net(), plan(), val=False)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_the_epoch_and_what_to_try(value):
    calls = []

    def failing(module, batch):
        outcome = step(module, batch)
        calls.append(module.training)
        spoilt = outcome.loss * value if sum(calls) > 3 else outcome.loss
        return Outcome(spoilt, outcome.correct, outcome.count)

    with pytest.raises(UserError, match=r"not finite in epoch 3.*lower learning_rate \(now 0\.05\)"):
        train(net(), plan(), failing)


def test_the_norm_of_the_gradient_is_clipped():
    norms = []

    class Watched(nn.Linear):
        pass

    watched = Watched(3, 2)
    hook = torch.optim.AdamW.step

    def record(self, *args, **kwargs):
        result = hook(self, *args, **kwargs)
        norms.append(math.sqrt(sum(float(p.grad.square().sum()) for p in watched.parameters())))
        return result

    torch.optim.AdamW.step = record
    try:
        train(watched, plan(clip_norm=0.01))
    finally:
        torch.optim.AdamW.step = hook
    assert norms
    assert max(norms) <= 0.01 * 1.001


def test_the_same_seed_gives_the_same_weights():
    first, second = net(3), net(3)
    train(first, plan())
    train(second, plan())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_schedule_warms_up_and_comes_to_rest():
    shares = [warm_up_and_cosine(step_, 100) for step_ in range(101)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9] == 1.0
    assert shares[100] == pytest.approx(0.0, abs=1e-9)
    assert all(a >= b for a, b in itertools.pairwise(shares[9:]))
