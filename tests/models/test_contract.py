"""What every classifier of the registry keeps, whatever it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from seqpipe.config import PARAMETERS
from seqpipe.core.errors import UserError
from seqpipe.models.persist import read_classifier, save_classifier
from seqpipe.models.registry import KINDS, kind
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing, intra_op_threads

BASE = Path(__file__).parents[2] / "conf" / "base" / "parameters"
QUICK = {"ann": {"epochs": 3, "hidden": [8]}, "lstm": {"epochs": 3, "members": 1, "hidden": 8}}
SEARCHED = {"ann": {"learning_rate": [1e-6, 0.01]}, "lstm": {"learning_rate": [1e-6, 0.01]}}


def shipped(name, **changes):
    """The shipped configuration of a kind, made quick; it trains on anything."""
    values = yaml.safe_load((BASE / f"{name}.yml").read_text())[name]
    return KINDS[name].config(**values | QUICK.get(name, {}) | changes)


@pytest.fixture(params=sorted(KINDS))
def name(request):
    return request.param


def fitted(name, dprime, runtime, **changes):
    with computing(runtime):
        model = kind(name).make(shipped(name, **changes), runtime)
        model.fit(dprime.part("train"), dprime.part("val"))
    return model


def test_each_has_its_parameters_and_its_file(name):
    assert PARAMETERS[name] is KINDS[name].config
    assert shipped(name)


def test_it_gives_probabilities(name, means, runtime):
    model, test = fitted(name, means, runtime), means.part("test")
    proba = model.predict_proba(test.x, test.mask)
    assert proba.shape == (len(test), 3)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6)
    assert (proba >= 0).all()
    assert model.kind == name
    assert model.class_names == means.class_names
    assert model.parameters >= 3


def test_two_classes_work_too(name, order, runtime):
    model, test = fitted(name, order, runtime), order.part("test")
    assert model.predict_proba(test.x, test.mask).shape == (len(test), 2)


def test_the_same_seed_gives_the_same_bits(name, means, runtime):
    test = means.part("test")
    first, second = (fitted(name, means, runtime).predict_proba(test.x, test.mask) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_saved_model_answers_as_before_and_its_files_are_no_pickles(name, means, runtime, tmp_path):
    model, test = fitted(name, means, runtime), means.part("test")
    model.refit(means.part("train", "val"))
    save_classifier(model, tmp_path / "m")
    loaded = read_classifier(tmp_path / "m")
    assert np.array_equal(loaded.predict_proba(test.x, test.mask), model.predict_proba(test.x, test.mask))
    assert loaded.reads_order == model.reads_order
    assert loaded.description == model.description
    assert {file.suffix for file in (tmp_path / "m").iterdir()} == {".json", ".safetensors"}


@pytest.mark.parametrize("pca", [None, 64, 0.9])
def test_a_saved_model_answers_to_the_bit_whatever_the_threads_of_the_process(name, wide, runtime, pca, tmp_path):
    model = fitted(name, wide, runtime, pca=pca)
    with intra_op_threads(1):
        judged = model.predict_proba(wide.x, wide.mask)
    save_classifier(model, tmp_path / "m")
    loaded = read_classifier(tmp_path / "m")
    assert loaded.threads == model.threads == 1
    with intra_op_threads(2):
        assert np.array_equal(loaded.predict_proba(wide.x, wide.mask), judged)


@pytest.mark.parametrize("pca", [None, 6, 0.9])
@pytest.mark.parametrize("count", [40, 200])
def test_a_saved_model_answers_to_the_bit_whatever_the_layout_of_its_arrays(name, wide, runtime, pca, count, tmp_path):
    """A PCA lies in memory otherwise by how it is fitted; a randomised one is part of a larger matrix."""
    features = np.tile(wide.x, (1, 1, 4)) + np.random.default_rng(0).normal(size=(1, 1, 1200)).astype(np.float32)
    large = replace(wide, x=features * wide.mask[..., None]).take(np.arange(count))
    model = fitted(name, large, runtime, pca=pca)
    save_classifier(model, tmp_path / "m")
    loaded = read_classifier(tmp_path / "m")
    assert np.array_equal(loaded.predict_proba(large.x, large.mask), model.predict_proba(large.x, large.mask))
    assert loaded.parameters == model.parameters
    save_classifier(loaded, tmp_path / "again")
    for file in (tmp_path / "m").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_a_model_of_an_earlier_version_is_refused_in_a_sentence(name, means, runtime, tmp_path):
    save_classifier(fitted(name, means, runtime), tmp_path / "m")
    (tmp_path / "m" / "estimator.skops").write_bytes(b"")
    with pytest.raises(UserError, match=r"expected a model in safetensors.*got estimator\.skops.*train it again"):
        read_classifier(tmp_path / "m")


def test_the_same_model_is_the_same_bytes(name, means, runtime, tmp_path):
    for folder in ("a", "b"):
        save_classifier(fitted(name, means, runtime), tmp_path / folder)
    files = [file.name for file in (tmp_path / "a").iterdir()]
    assert len(files) > 1
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_frames_behind_the_mask_change_nothing(name, means, runtime):
    model, test = fitted(name, means, runtime), means.part("test")
    junk = np.where(test.mask[..., None], test.x, 7.0).astype(np.float32)
    np.testing.assert_allclose(model.predict_proba(junk, test.mask), model.predict_proba(test.x, test.mask), atol=1e-9)


def test_search_keeps_the_best_trial_on_val_and_never_sees_test(name, means, runtime):
    grid = SEARCHED.get(name, {"C": [1e-6, 1.0]})
    model, trials, record = search(name, shipped(name, grid=grid, refit=False), means, runtime)
    key = next(iter(grid))
    best = trials.sort_values(["val_macro_f1", "val_log_loss"], ascending=[False, True]).iloc[0]
    assert getattr(model.config, key) == best[f"param.{key}"] == record["chosen"][key]
    assert record["trials"] == len(trials) == 2
    hidden = means.part("train", "val")
    assert np.array_equal(
        search(name, shipped(name, grid=grid, refit=False), hidden, runtime)[0].predict_proba(means.x, means.mask),
        model.predict_proba(means.x, means.mask),
    )


def test_without_validation_samples_the_search_says_what_to_do(name, means, runtime):
    with pytest.raises(UserError, match=r"raise corpus\.val_share"):
        search(name, shipped(name), means.part("train", "test"), runtime)


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"(?s)Unknown classifier 'lstn'.*'lstm'.*linear, lstm,.* svm"):
        kind("lstn")
