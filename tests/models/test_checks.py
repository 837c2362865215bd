"""Data that nothing can be learned from are told in a sentence, by every classifier and by fine-tuning."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.configs import shipped_values, with_changes

from seqpipe.core.errors import UserError
from seqpipe.data.memmap import MemmapArray
from seqpipe.models.checks import check_classes, check_frames_vary, learnable
from seqpipe.models.registry import MODELS, kinds_reading
from seqpipe.models.search import search
from seqpipe.targets.classes import ClassTargets

RECURRENT = {key: {"epochs": 2, "ensemble_size": 1, "hidden": 4} for key in ("rnn", "gru", "lstm")}
QUICK = {"ann": {"epochs": 2, "hidden": [4]}, **RECURRENT}


@pytest.fixture(params=sorted(kinds_reading("features", "clip")))
def found(request, runtime):
    """Searches with a kind of classifier, quickly: gives its model, table and record."""

    def run(dataset):
        values = shipped_values(request.param)
        config = MODELS[request.param].config(**with_changes(values, **QUICK.get(request.param, {}), grid={}))
        return search(request.param, config, dataset, runtime)

    return run


def constant(dataset, noise=0.0, frames=6):
    """Every frame of every sample has the same features, up to relative noise."""
    rng = np.random.default_rng(0)
    one = rng.normal(size=8).astype(np.float32)
    x = np.broadcast_to(one, (len(dataset), frames, 8)) * (1 + noise * rng.normal(size=(len(dataset), frames, 8)))
    mask, times = np.ones((len(dataset), frames), bool), np.zeros((len(dataset), frames), np.float32)
    return replace(dataset, x=x.astype(np.float32), mask=mask, times_s=times)


@pytest.mark.parametrize("noise", [0.0, 1e-7, 1e-4])
def test_features_that_are_the_same_for_all_are_refused_also_where_rounding_hides_it(found, means, noise):
    with pytest.raises(UserError, match=r"features of all training samples are the same.*black"):
        found(constant(means, noise))


def test_features_that_are_not_finite_are_refused(found, means):
    for broken in (np.nan, np.inf):
        x = means.x.copy()
        x[np.flatnonzero(means.splits == "train")[3], 0, 2] = broken
        with pytest.raises(UserError, match=r"not finite.*backbone\.weights"):
            found(replace(means, x=x))


def test_a_class_without_training_samples_is_named(found, means):
    lost = means.take(np.flatnonzero((means.t != 1) | (means.splits != "train")))
    with pytest.raises(UserError, match="No training samples of 'b'"):
        found(lost)
    alone = replace(means.take(np.flatnonzero(means.t == 0)), targets=ClassTargets(means.t[means.t == 0], ("a",)))
    with pytest.raises(UserError, match="two classes are needed to tell apart, got 'a'"):
        found(alone)


def test_one_training_sample_of_a_class_and_none_in_val_are_enough_to_train(found, means):
    ones = np.flatnonzero((means.t == 1) & (means.splits == "train"))[1:]
    absent = np.flatnonzero((means.t == 2) & (means.splits == "val"))
    few = means.take(np.setdiff1d(np.arange(len(means)), [*ones, *absent]))
    model, trials, fit = found(few)
    assert np.isfinite(trials[["val_macro_f1", "val_log_loss"]].to_numpy()).all()
    assert 0 <= fit["val_accuracy"] <= 1
    assert np.isfinite(model.predict_proba(few)).all()


def test_a_small_difference_is_one():
    same = np.ones((50, 4))
    assert len(list(learnable([same[:25], same[25:] * (1 + 0.01 * np.eye(25, 4))]))) == 2
    with pytest.raises(UserError, match="are the same"):
        list(learnable([same[:25], same[25:]]))


def test_it_is_found_chunk_by_chunk_in_features_on_disk(found, means, tmp_path):
    dataset = constant(means)
    np.save(tmp_path / "x.npy", dataset.x)
    with pytest.raises(UserError, match="are the same"):
        found(replace(dataset, x=MemmapArray(tmp_path / "x.npy", 64)))


def test_targets_of_all_classes_are_no_matter():
    check_classes(("a", "b"), np.array([0, 1, 1]))


def test_frames_that_all_show_the_same_are_refused_and_no_more_are_read_than_it_takes():
    black = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(UserError, match="frames of all training samples are the same"):
        check_frames_vary([black, black + 1, black])
    read = SimpleNamespace(count=0)

    def frames():
        for frame in (black, black + 50, black):
            read.count += 1
            yield frame

    check_frames_vary(frames())
    assert read.count == 2
