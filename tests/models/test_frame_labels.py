"""What every kind with a head for labels by frame keeps, whatever it is."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.configs import shipped_values, with_changes

from seqpipe.config import FrameLabelsConfig
from seqpipe.core.errors import UserError
from seqpipe.data import memmap
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.dataset import unlabelled as asked
from seqpipe.data.memmap import MemmapArray, new_rows
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.registry import MODELS, model_entry
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing
from seqpipe.targets.frames import FrameTargets
from seqpipe.tasks.frame_labels import FrameLabels

BASE = Path(__file__).parents[2] / "conf" / "base" / "parameters"
SHIPPED = FrameLabelsConfig(**shipped_values("frame_labels"))
RECURRENT = {key: {"epochs": 4, "ensemble_size": 1, "hidden": 8, "pca": None} for key in ("rnn", "gru", "lstm")}
QUICK = {**RECURRENT, "linear": {"grid": {}}}
TASK = FrameLabels(smoothing=0.15, window=8, hop=4, background=(), medians=(1, 3))
ABLE = sorted(name for name, entry in MODELS.items() if entry.answers("frame"))
LENGTHS = (12, 9, 5, 12)


def make_steps(x, t, lengths):
    """Labels by step of x (N, T, D); of every four samples two are of train, one of val and one of test."""
    n, longest, _ = x.shape
    mask = np.arange(longest) < np.asarray(lengths)[:, None]
    names = np.array([f"v{i}" for i in range(n)], object)
    return FeatureDataset(
        x=(x * mask[..., None]).astype(np.float32),
        mask=mask,
        times_s=np.tile(np.arange(longest, dtype=np.float32), (n, 1)) * mask,
        targets=FrameTargets(np.where(mask, t, UNLABELLED), tuple("abc"[: int(t.max()) + 1])),
        ids=names,
        groups=names,
        splits=np.array(["train", "train", "val", "test"] * (n // 4), object),
        fingerprint="test",
    )


@pytest.fixture
def means():
    """Three classes in runs of three steps, each with a mean of its own."""
    random = np.random.default_rng(0)
    t = random.integers(0, 3, (16, 4)).repeat(3, axis=1)
    x = 2 * random.normal(size=(3, 6))[t] + random.normal(size=(16, 12, 6))
    return make_steps(x, t, LENGTHS * 4)


@pytest.fixture
def order():
    """A bright step begins the second class and a dark one the first; between them all steps look alike."""
    random = np.random.default_rng(1)
    t = random.integers(0, 2, (64, 4)).repeat(3, axis=1)
    x = 0.1 * random.normal(size=(64, 12, 3))
    x[:, ::3] += 2.0 * (2 * t[:, ::3, None] - 1)
    return make_steps(x, t, [12] * 64)


@pytest.fixture(params=ABLE)
def name(request):
    return request.param


def shipped(name, **changes):
    values = getattr(SHIPPED, name).model_dump()
    return MODELS[name].config_of("frame")(**with_changes(values, **QUICK.get(name, {}) | changes))


def fitted(name, dataset, runtime, task=TASK, **changes):
    with computing(runtime):
        model = model_entry(name).build(shipped(name, **changes), runtime, task)
        model.fit(dataset.part("train"), dataset.part("val"))
    return model


def test_its_parameters_are_those_of_the_stage(name):
    assert type(getattr(SHIPPED, name)) is MODELS[name].config_of("frame")


def test_it_gives_probabilities_of_every_step_that_is_there(name, means, runtime):
    model = fitted(name, means, runtime)
    proba = model.predict_proba(means)
    assert proba.shape == (*means.mask.shape, 3)
    assert proba.dtype == np.float64
    assert np.array_equal(~np.isnan(proba), np.repeat(means.mask[..., None], 3, axis=2))
    np.testing.assert_allclose(proba[means.mask].sum(axis=1), 1.0, atol=1e-6)
    assert (proba[means.mask] >= 0).all()
    assert (model.class_names, model.kind, model.task) == (("a", "b", "c"), name, TASK)


def test_two_classes_and_a_single_step_work_too(name, order, runtime):
    model = fitted(name, order, runtime)
    assert model.predict_proba(asked(order.x[:2, :1], order.mask[:2, :1])).shape == (2, 1, 2)


def test_the_same_seed_gives_the_same_bits(name, means, runtime):
    first, second = (fitted(name, means, runtime).predict_proba(means) for _ in range(2))
    assert np.array_equal(first, second, equal_nan=True)


def test_a_saved_model_answers_to_the_bit_and_keeps_its_task(name, means, runtime, tmp_path):
    model = fitted(name, means, runtime)
    model.task = replace(TASK, median=3)
    model.refit(means.part("train", "val"))
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m")
    proba = model.predict_proba(means)
    assert np.array_equal(loaded.predict_proba(means), proba, equal_nan=True)
    assert loaded.task == model.task
    assert np.array_equal(loaded.task.answers(proba), model.task.answers(proba))
    assert loaded.description == model.description


def unlabelled(dataset, where):
    """The same D', with the steps of ``where`` (N, T) unlabelled."""
    return replace(dataset, targets=FrameTargets(np.where(where, UNLABELLED, dataset.t), dataset.class_names))


def test_a_video_that_nobody_has_labelled_teaches_nothing(name, means, runtime):
    nobodys = np.flatnonzero(means.splits == "train")[::3]
    partly = unlabelled(means, np.isin(np.arange(len(means)), nobodys)[:, None])
    x = means.x.copy()
    x[nobodys] *= -5.0
    plain, other = (fitted(name, data, runtime) for data in (partly, replace(partly, x=x)))
    answers = [model.predict_proba(means) for model in (plain, other)]
    assert np.array_equal(*answers, equal_nan=True)
    full = fitted(name, means, runtime).predict_proba(means)
    assert not np.array_equal(answers[0], full, equal_nan=True)


def test_an_unlabelled_step_is_answered_all_the_same(name, means, runtime):
    partly = unlabelled(means, np.random.default_rng(2).random(means.t.shape) < 0.4)
    proba = fitted(name, partly, runtime).predict_proba(partly)
    assert np.isfinite(proba[partly.mask]).all()


def test_what_lies_behind_a_sequence_is_not_learned_from_nor_read(name, means, runtime):
    junk = replace(means, x=np.where(means.mask[..., None], means.x, 50.0).astype(np.float32))
    plain, other = (fitted(name, data, runtime) for data in (means, junk))
    expected = plain.predict_proba(means)
    np.testing.assert_allclose(other.predict_proba(junk), expected, atol=1e-9)


@pytest.fixture
def on_disk(means, tmp_path, monkeypatch):
    """Makes the same D' with x in a file that is read three videos at a time."""
    monkeypatch.setattr(memmap, "CHUNK_BYTES", means.x[:3].nbytes)

    def make(dataset, in_memory_bytes=10**9):
        with new_rows(tmp_path / "x.npy", dataset.x.shape, np.dtype(np.float32)) as put:
            for row, x in enumerate(dataset.x):
                put(np.array([row]), x)
        return replace(dataset, x=MemmapArray(tmp_path / "x.npy", in_memory_bytes))

    return make


def test_an_x_on_disk_gives_the_answers_of_one_in_memory(name, means, runtime, on_disk):
    mapped = on_disk(means)
    assert len(memmap.slices_of(mapped.x)) > 1
    inside, outside = (fitted(name, data, runtime).predict_proba(data) for data in (means, mapped))
    np.testing.assert_allclose(outside, inside, atol=1e-6)


def test_steps_that_do_not_fit_into_memory_are_read_as_they_are_needed(means, runtime, on_disk):
    hidden = np.random.default_rng(2).random(means.t.shape) < 0.4
    hidden[np.flatnonzero(means.splits == "train")[:3]] = True  # a chunk without a single vector
    partly = unlabelled(means, hidden)
    inside = fitted("linear", partly, runtime, solver="torch").predict_proba(means)
    outside = fitted("linear", on_disk(partly, in_memory_bytes=0), runtime)
    np.testing.assert_allclose(outside.predict_proba(means), inside, atol=1e-3)
    with pytest.raises(UserError, match=r"The LSTM needs all \d+ training vectors .*Give a small lstm\.pca"):
        fitted("lstm", on_disk(partly, in_memory_bytes=0), runtime)


def test_the_search_chooses_by_val_and_keeps_the_median_that_val_chose(name, means, runtime):
    model, trials, record = search(name, shipped(name, grid={}), means, runtime, TASK)
    assert model.task.median in TASK.medians
    assert {"val_accuracy", "val_macro_f1", "val_log_loss"} <= set(trials)
    assert record["val_macro_f1"] == trials["val_macro_f1"].max()
    without_test = search(name, shipped(name, grid={}), means.part("train", "val"), runtime, TASK)[0]
    proba = (one.predict_proba(means) for one in (model, without_test))
    assert np.array_equal(*proba, equal_nan=True)


def test_a_class_that_is_labelled_nowhere_in_train_is_told_and_the_others_are_learned(name, means, runtime, caplog):
    lacking = unlabelled(means, (means.splits == "train")[:, None] & (means.t == 2))
    model, *_ = search(name, shipped(name, grid={}, refit=False), lacking, runtime, TASK)
    assert "Nothing in train is labelled 'c'" in caplog.text
    proba = model.predict_proba(means)
    assert proba.shape == (*means.mask.shape, 3)
    np.testing.assert_allclose(proba[means.mask].sum(axis=1), 1.0)


@pytest.mark.parametrize("unable", sorted(set(MODELS) - set(ABLE)))
def test_a_kind_without_the_head_is_refused_in_a_sentence(unable, runtime):
    own = "sentence" if MODELS[unable].answers("sentence") else "class a clip"
    said = rf"^[A-Z].* is no model for the task frame_labels, which asks for a class each frame; it answers a {own}\.$"
    with pytest.raises(UserError, match=said):
        MODELS[unable].build(None, runtime, TASK)


@pytest.mark.parametrize("able", ABLE)
def test_a_kind_without_a_sentence_is_refused_where_one_is_asked_for(able, runtime):
    task = SimpleNamespace(name="translation", per="sentence")
    with pytest.raises(UserError, match=r"translation, which asks for a sentence; it answers a class a clip\.$"):
        MODELS[able].build(None, runtime, task)


def accuracy(model, data):
    counted = data.targets.counted(data.mask)
    return float((model.task.answers(model.predict_proba(data)) == data.t)[counted].mean())


def test_only_a_model_that_reads_order_knows_what_only_order_tells(order, runtime):
    lstm = fitted("lstm", order, runtime, epochs=40, hidden=16, gaussian_noise=0.0, dropout=0.0)
    linear = fitted("linear", order, runtime)
    assert accuracy(lstm, order.part("test")) > 0.95
    assert accuracy(linear, order.part("test")) < 0.8
    assert lstm.reads_order
    assert not linear.reads_order


def test_where_one_window_covers_all_windows_change_nothing(means, runtime):
    model = fitted("lstm", means, runtime, replace(TASK, window=12, hop=12))
    whole = model.predict_proba(means)
    for window, hop in ((12, 6), (100, 50)):
        model.task = replace(TASK, window=window, hop=hop)
        assert np.array_equal(model.predict_proba(means), whole, equal_nan=True)


def test_each_step_is_answered_by_the_windows_it_lies_in(means, runtime):
    model = fitted("lstm", means, runtime, replace(TASK, window=4, hop=4))
    apart = np.concatenate([
        model.predict_proba(asked(means.x[:, start : start + 4], np.ones((len(means), 4), bool))) for start in (0, 4, 8)
    ], axis=1)  # fmt: skip
    full = means.mask.all(axis=1)
    np.testing.assert_allclose(model.predict_proba(means.take(full)), apart[full], atol=1e-6)


def test_a_net_never_reads_more_than_a_window_at_once(means, runtime, monkeypatch):
    """So memory grows with the window, not with the longest video."""
    model = fitted("lstm", means, runtime)
    read, forward = set(), RecurrentNet.forward
    monkeypatch.setattr(RecurrentNet, "forward", lambda net, x, mask: read.add(x.shape[1]) or forward(net, x, mask))
    long = np.random.default_rng(3).normal(size=(1, 1000, 6)).astype(np.float32)
    proba = model.predict_proba(asked(long, np.ones((1, 1000), bool)))
    assert np.isfinite(proba).all()
    assert read == {TASK.window}
