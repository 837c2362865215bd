"""The LSTM: its equations, its masks, its read-outs, and that it learns order."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.configs import TRAINING, with_changes

from seqpipe.config import LstmConfig
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.recurrent import Lstm, LstmNet

LSTM = {
    "standardize": False,
    "pca": 8,
    "gaussian_noise": 0.1,
    "time_warp": 0.1,
    "hidden": 12,
    "layers": 1,
    "bidirectional": True,
    "readout": "last",
    "dropout": 0.0,
    "training": TRAINING | {"epochs": 12},
    "ensemble_size": 1,
    "refit": False,
    "grid": {},
}


def config(**changes):
    return LstmConfig(**with_changes(LSTM, **changes))


def fitted(dataset, runtime, **changes):
    torch.manual_seed(0)
    model = Lstm(config(**changes), runtime)
    model.fit(dataset.part("train"), dataset.part("val"))
    return model


def accuracy(model, part):
    return (model.predict_proba(part).argmax(1) == part.t).mean()


def gates_by_hand(net, x):
    """The equations of the docstring, frame by frame, with the net's own weights."""
    weights = {name: p.detach().numpy() for name, p in net.lstm.named_parameters()}
    w, u = weights["weight_ih_l0"], weights["weight_hh_l0"]
    b = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    h = c = np.zeros(u.shape[1])

    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    for frame in x:
        i, f, g, o = np.split(w @ frame + u @ h + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def test_the_last_state_is_that_of_the_equations():
    torch.manual_seed(1)
    net = LstmNet(5, 3, config(bidirectional=False)).eval()
    x = torch.randn(1, 7, 5)
    by_hand = torch.from_numpy(gates_by_hand(net, x[0].numpy())).float()
    expected = net.head(by_hand[None])
    torch.testing.assert_close(net(x, torch.ones(1, 7, dtype=torch.bool)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("readout", ["last", "mean", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_lies_behind_the_mask_is_never_read(readout, bidirectional):
    torch.manual_seed(2)
    net = LstmNet(4, 3, config(readout=readout, bidirectional=bidirectional, layers=2)).eval()
    x = torch.randn(3, 6, 4)
    mask = torch.arange(6)[None] < torch.tensor([6, 3, 1])[:, None]
    changed = torch.where(mask[..., None], x, torch.full_like(x, 99.0))
    torch.testing.assert_close(net(x, mask), net(changed, mask))
    shorter = net(x[1:2, :3], mask[1:2, :3])
    torch.testing.assert_close(net(x, mask)[1:2], shorter, rtol=1e-4, atol=1e-5)


def test_attention_gives_one_in_all_to_real_frames_alone():
    net = LstmNet(4, 3, config(readout="attention"))
    mask = torch.tensor([[True, True, False]])
    weights = net._weights(torch.randn(1, 3, 24), mask)
    assert weights[0, 2] == 0
    torch.testing.assert_close(weights.sum(), torch.tensor(1.0))


@pytest.mark.parametrize("readout", ["last", "mean", "attention"])
def test_it_learns_order(readout, order, runtime):
    assert accuracy(fitted(order, runtime, readout=readout, epochs=20), order.part("test")) > 0.95


def test_another_order_of_the_frames_is_another_answer(order, runtime):
    model, test = fitted(order, runtime), order.part("test")
    assert model.reads_order
    assert np.abs(model.predict_proba(test) - model.predict_proba(replace(test, x=test.x[:, ::-1]))).max() > 0.1


def test_the_preprocessor_is_fitted_on_train_alone_also_after_a_refit(means, runtime):
    model = fitted(means, runtime)
    train = means.part("train")
    frames = train.x[train.mask].astype(np.float64)
    np.testing.assert_allclose(model._prepare.mean, frames.mean(0))
    before = model.predict_proba(train)
    model.refit(means.part("train", "val"))
    np.testing.assert_allclose(model._prepare.mean, frames.mean(0))
    assert not np.array_equal(model.predict_proba(train), before)


def test_proportions_stay_and_the_strongest_component_has_deviation_one(means, runtime):
    model = fitted(means, runtime, pca=4)
    train = means.part("train")
    features, mask = model._tensors(train.x, train.mask)
    deviations = features[mask].std(dim=0, correction=0)
    assert float(deviations.max()) == pytest.approx(1.0, abs=1e-3)
    assert float(deviations.min()) < 0.9


def test_early_stopping_ends_before_the_last_epoch_and_best_weights_are_kept(means, runtime):
    model = fitted(means, runtime, patience=3, keep="best", epochs=80, learning_rate=0.05)
    assert len(model.history) < 80
    val = means.part("val")
    proba = model.predict_proba(val)
    log_loss = -np.log(proba[np.arange(len(val)), val.t]).mean()
    assert log_loss == pytest.approx(model.history["val_loss"].min(), abs=1e-4)
    assert epochs_to_refit(model.history, model.config.training) == model.history["val_loss"].idxmin() + 1


def test_members_differ_and_are_averaged(means, runtime):
    model, test = fitted(means, runtime, ensemble_size=2), means.part("test")
    together = model.predict_proba(test)
    nets = model._nets
    alone = []
    for net in nets:
        model._nets = [net]
        alone.append(model.predict_proba(test))
    assert not np.allclose(*alone)
    np.testing.assert_allclose(together, np.mean(alone, axis=0), atol=1e-12)
