"""The ANN: its equations, and its preprocessing in one map."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.configs import TRAINING, with_changes

from seqpipe.config import AnnConfig
from seqpipe.models.ann import Ann, AnnNet
from seqpipe.models.base import pool_time
from seqpipe.models.linear.rows import as_one
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.preprocessing import fit_preprocessor
from seqpipe.targets.classes import ClassTargets

ANN = {
    "pooling": "mean",
    "standardize": True,
    "pca": None,
    "hidden": [16],
    "dropout": 0.0,
    "training": TRAINING,
    "refit": False,
    "grid": {},
}


def config(**changes):
    return AnnConfig(**with_changes(ANN, **changes))


def fitted(dataset, runtime, **changes):
    model = Ann(config(**changes), runtime)
    model.fit(dataset.part("train"), dataset.part("val"))
    return model


def accuracy(model, part):
    return (model.predict_proba(part).argmax(1) == part.t).mean()


def test_the_logits_are_those_of_the_equations():
    torch.manual_seed(0)
    net = AnnNet(4, 3, config(hidden=[6, 5], dropout=0.5)).eval()
    w1, b1, w2, b2, w, b = (p.detach().numpy() for p in net.parameters())
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    h1 = np.maximum(x @ w1.T + b1, 0)
    h2 = np.maximum(h1 @ w2.T + b2, 0)
    np.testing.assert_allclose(net(torch.from_numpy(x)).detach().numpy(), h2 @ w.T + b, rtol=1e-4, atol=1e-6)


def test_without_hidden_layers_it_is_the_head_alone(means, runtime):
    net = AnnNet(4, 3, config(hidden=[]))
    assert [tuple(p.shape) for p in net.parameters()] == [(3, 4), (3,)]
    assert fitted(means, runtime, hidden=[]).description == "ANN without hidden layers on time-averaged features"


def test_it_learns_what_the_head_alone_cannot(means, runtime):
    corners = np.sign(np.random.default_rng(0).normal(size=(96, 1, 2)))
    xor = replace(
        means,
        x=(corners * means.mask[..., None]).astype(np.float32),
        targets=ClassTargets((corners[:, 0, 0] == corners[:, 0, 1]).astype(np.int64), ("different", "same")),
    )
    assert accuracy(fitted(xor, runtime, hidden=[16], epochs=30), xor) == 1.0
    assert accuracy(fitted(xor, runtime, hidden=[], epochs=30), xor) < 0.8


def test_averaging_is_blind_to_order_and_concatenation_is_not(order, runtime):
    blind, reading = fitted(order, runtime), fitted(order, runtime, pooling="concat")
    test = order.part("test")
    assert not blind.reads_order
    assert reading.reads_order
    assert accuracy(blind, test) < 0.75
    assert accuracy(reading, test) > 0.95


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 30), st.integers(1, 12), st.booleans(), st.sampled_from([None, 1, 3, 0.9]), st.integers(0, 2**20))
def test_preprocessing_in_one_map_is_scikit_learns_steps(rows, size, standardize, pca, seed):
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(size=(rows, size)) * rng.uniform(0.1, 5, size) + rng.normal(size=size)).astype(np.float32)
    steps = fit_preprocessor(config(standardize=standardize, pca=pca), vectors, seed)
    one = as_one(steps)
    np.testing.assert_allclose(one(torch.from_numpy(vectors)).numpy(), steps.transform(vectors), rtol=1e-3, atol=1e-3)


def test_the_preprocessor_is_fitted_on_train_alone_also_after_a_refit(means, runtime):
    model = fitted(means, runtime)
    train = means.part("train")
    mean = pool_time(train.x, train.mask, "mean").mean(axis=0)
    np.testing.assert_allclose(model._prepare.mean, mean, rtol=1e-5)
    before = model.predict_proba(train)
    model.refit(means.part("train", "val"))
    np.testing.assert_allclose(model._prepare.mean, mean, rtol=1e-5)
    assert not np.array_equal(model.predict_proba(train), before)


def test_early_stopping_ends_before_the_last_epoch_and_best_weights_are_kept(means, runtime):
    model = fitted(means, runtime, patience=3, keep="best", epochs=80, learning_rate=0.1, weight_decay=0.0)
    assert len(model.history) < 80
    val = means.part("val")
    proba = model.predict_proba(val)
    log_loss = -np.log(proba[np.arange(len(val)), val.t]).mean()
    assert log_loss == pytest.approx(model.history["val_loss"].min(), abs=1e-4)
    assert epochs_to_refit(model.history, model.config.training) == model.history["val_loss"].idxmin() + 1
