"""The recurrent nets: one with another cell, their masks, their read-outs, truncation, and that they learn order."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.configs import TRAINING, with_changes
from tests.models.conftest import make_dataset
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqpipe.config import RecurrentConfig
from seqpipe.core.errors import UserError
from seqpipe.models.nets.cells import CELLS
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.recurrent import Gru, Lstm, Rnn
from seqpipe.runtime.devices import intra_op_threads

KINDS = {"rnn": Rnn, "gru": Gru, "lstm": Lstm}
CELL = pytest.mark.parametrize("kind", KINDS)
RECURRENT = {
    "standardize": False,
    "pca": 8,
    "gaussian_noise": 0.1,
    "time_warp": 0.1,
    "hidden": 12,
    "layers": 1,
    "bidirectional": True,
    "readout": "last",
    "dropout": 0.0,
    "truncate": None,
    "truncate_by": "chunk",
    "implementation": "fused",
    "training": TRAINING | {"epochs": 12},
    "ensemble_size": 1,
    "max_steps": 10**6,
    "embedding": 6,
    "token_dropout": 0.0,
    "window": 10**6,
    "refit": False,
    "grid": {},
}


def config(**changes):
    return RecurrentConfig(**with_changes(RECURRENT, **changes))


def fitted(dataset, runtime, kind="lstm", **changes):
    torch.manual_seed(0)
    model = KINDS[kind](config(**changes), runtime)
    model.fit(dataset.part("train"), dataset.part("val"))
    return model


def accuracy(model, part):
    return (model.predict_proba(part).argmax(1) == part.t).mean()


@CELL
@pytest.mark.parametrize("bidirectional", [False, True])
def test_reference_and_fused_are_one_net(kind, bidirectional):
    """The equations give the values and the gradients of torch's layers, from the same weights."""
    torch.manual_seed(1)
    nets = [
        RecurrentNet(5, 3, kind, config(bidirectional=bidirectional, layers=2, implementation=of)).double()
        for of in ("fused", "reference")
    ]
    nets[1].load_state_dict(nets[0].state_dict())
    x, mask = torch.randn(3, 7, 5, dtype=torch.double), torch.arange(7)[None] < torch.tensor([7, 2, 4])[:, None]
    for net in nets:
        net.logits = net(x, mask)
        net.logits.square().sum().backward()
    torch.testing.assert_close(nets[0].logits, nets[1].logits, rtol=1e-10, atol=1e-10)
    for fused, reference in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(reference.grad, fused.grad, rtol=1e-10, atol=1e-10)


@CELL
@pytest.mark.parametrize("bidirectional", [False, True])
def test_frames_are_those_of_torchs_packed_layers(kind, bidirectional):
    """Which read each clip within its own length as well."""
    torch.manual_seed(1)
    net = RecurrentNet(5, 3, kind, config(bidirectional=bidirectional)).eval()
    packed = CELLS[kind].fused(5, 12, batch_first=True, bidirectional=bidirectional)
    weights = [parameter for way in net.directions for parameter in way[0].weights.parameters()]
    for own, theirs in zip(weights, packed.parameters(), strict=True):
        theirs.data = own.data
    x, lengths = torch.randn(3, 7, 5), torch.tensor([7, 2, 4])
    expected, _ = packed(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    frames = net._frames(x, lengths)
    mask = torch.arange(7)[None] < lengths[:, None]
    packed_frames = pad_packed_sequence(expected, batch_first=True)[0]
    torch.testing.assert_close(frames[mask], packed_frames[mask])
    (frames * mask[..., None]).square().sum().backward()
    (packed_frames * mask[..., None]).square().sum().backward()
    for own, theirs in zip(weights, packed.parameters(), strict=True):
        torch.testing.assert_close(own.grad, theirs.grad)


@pytest.mark.parametrize("readout", ["last", "mean", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True])
@CELL
def test_what_lies_behind_the_mask_is_never_read(kind, readout, bidirectional):
    torch.manual_seed(2)
    net = RecurrentNet(4, 3, kind, config(readout=readout, bidirectional=bidirectional, layers=2)).eval()
    x = torch.randn(3, 6, 4)
    mask = torch.arange(6)[None] < torch.tensor([6, 3, 1])[:, None]
    changed = torch.where(mask[..., None], x, torch.full_like(x, 99.0))
    torch.testing.assert_close(net(x, mask), net(changed, mask))
    shorter = net(x[1:2, :3], mask[1:2, :3])
    torch.testing.assert_close(net(x, mask)[1:2], shorter, rtol=1e-4, atol=1e-5)


def test_attention_gives_one_in_all_to_real_frames_alone():
    net = RecurrentNet(4, 3, "lstm", config(readout="attention"))
    mask = torch.tensor([[True, True, False]])
    weights = net._weights(torch.randn(1, 3, 24), mask)
    assert weights[0, 2] == 0
    torch.testing.assert_close(weights.sum(), torch.tensor(1.0))


@CELL
@pytest.mark.parametrize("readout", ["last", "mean", "attention"])
def test_it_learns_order(kind, readout, order, runtime):
    assert accuracy(fitted(order, runtime, kind, readout=readout, epochs=20), order.part("test")) > 0.95


@pytest.mark.parametrize("truncate_by", ["chunk", "window"])
def test_it_learns_with_a_gradient_of_two_steps_and_otherwise_than_with_all(truncate_by, order, runtime):
    truncated = fitted(order, runtime, truncate=2, truncate_by=truncate_by, epochs=20)
    assert accuracy(truncated, order.part("test")) > 0.5
    assert truncated.history["train_loss"].iloc[-1] < truncated.history["train_loss"].iloc[0] / 2
    whole = fitted(order, runtime, epochs=20)
    assert not np.allclose(truncated.history["train_loss"], whole.history["train_loss"], rtol=1e-3)


def test_reference_and_fused_are_trained_alike(order, runtime):
    losses = [fitted(order, runtime, "gru", implementation=of, epochs=3).history for of in ("fused", "reference")]
    np.testing.assert_allclose(losses[0]["val_loss"], losses[1]["val_loss"], rtol=1e-3)


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


def test_members_trained_side_by_side_are_those_trained_one_after_the_other(means, runtime, monkeypatch):
    several = runtime.model_copy(update={"threads": 2})
    one_by_one = fitted(means, several, ensemble_size=3, epochs=2)
    monkeypatch.setattr("seqpipe.models.recurrent.UPDATES_WORTH_PROCESSES", 1)
    with intra_op_threads(2):
        side_by_side = fitted(means, several, ensemble_size=3, epochs=2)
    for one, other in zip(one_by_one.members, side_by_side.members, strict=True):
        for left, right in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.equal(left, right)
    assert one_by_one.history.equals(side_by_side.history)


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


def clips(lengths, steps):
    """Two classes told by the sign of the features; real frames first."""
    rng = np.random.default_rng(5)
    t = np.arange(len(lengths)) // 4 % 2
    x = rng.normal(size=(len(lengths), steps, 4)).astype(np.float32) + np.where(t, 2, -2)[:, None, None]
    return make_dataset(x, t, np.asarray(lengths), ("minus", "plus"))


@CELL
@pytest.mark.parametrize("lengths", [[1] * 24, list(range(1, 25))], ids=["one frame", "all different"])
def test_clips_of_one_frame_or_of_any_lengths_are_learned_from(kind, lengths, runtime):
    data = clips(lengths, max(lengths))
    model = fitted(data, runtime, kind, epochs=20, pca=None)
    assert accuracy(model, data) > 0.9


@CELL
@pytest.mark.parametrize("readout", ["last", "mean", "attention"])
def test_what_stands_behind_a_clip_reaches_neither_answer_nor_gradient(kind, readout):
    torch.manual_seed(0)
    net = RecurrentNet(3, 2, kind, config(readout=readout))
    x, mask = torch.randn(2, 5, 3), torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    told = []
    for behind in (0.0, float("nan")):
        net.zero_grad()
        logits = net(x.masked_fill(~mask[..., None], behind), mask)
        logits.square().sum().backward()
        told.append([logits, *(parameter.grad.clone() for parameter in net.parameters())])
    for one, other in zip(*told, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("truncate", [None, 64])
def test_five_thousand_steps_are_learned_from(truncate, runtime):
    data = clips([5000, 4000] * 4, 5000)
    model = fitted(data, runtime, epochs=1, truncate=truncate, hidden=4, pca=None)
    assert np.isfinite(model.history["train_loss"]).all()
    assert np.isfinite(model.predict_proba(data)).all()


@CELL
def test_a_learning_rate_that_diverges_is_told_with_what_to_do(kind, order, runtime):
    with pytest.raises(UserError, match=r"The loss is not finite in epoch \d+ .*lower training\.learning_rate"):
        fitted(order, runtime, kind, learning_rate=1e30, clip_norm=None, epochs=30)


def test_it_is_told_of_a_worker_too(order, runtime, monkeypatch):
    monkeypatch.setattr("seqpipe.models.recurrent.UPDATES_WORTH_PROCESSES", 1)
    with intra_op_threads(2), pytest.raises(UserError, match="The loss is not finite"):
        fitted(order, runtime, learning_rate=1e30, clip_norm=None, ensemble_size=3, epochs=30)


@pytest.mark.parametrize(("steps", "readout"), [(6, "last"), (101, "mean")])
def test_the_read_out_that_is_left_open_is_settled_by_the_length_of_the_clips(steps, readout, means, runtime):
    long = np.zeros((len(means), steps, means.x.shape[2]), np.float32)
    long[:, :5] = means.x
    mask = np.pad(means.mask, ((0, 0), (0, steps - 5)))
    data = replace(means, x=long, mask=mask, times_s=np.zeros(mask.shape, np.float32))
    model = Gru(config(readout="auto", epochs=1, ensemble_size=1), runtime)
    model.fit(data.part("train"), None)
    assert model.config.readout == readout
    assert f"{readout} read-out" in model.description
