"""What every model of the registry keeps that answers a class a clip, whatever it is and reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.configs import shipped_values, with_changes
from tests.models.frame_fixtures import NAME, SIZE, colours, make_backbone

from seqpipe.config import PARAMETERS, flat
from seqpipe.core.errors import UserError
from seqpipe.evaluation.base import answered_both_ways
from seqpipe.evaluation.predictions import probabilities
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.registry import MODELS, kinds_reading, model_entry
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing, intra_op_threads

BASE = Path(__file__).parents[2] / "conf" / "base" / "parameters"
QUICK = {
    "ann": {"epochs": 3, "hidden": [8]},
    **{key: {"epochs": 3, "ensemble_size": 1, "hidden": 8} for key in ("rnn", "gru", "lstm")},
    "finetune": {"epochs": 1, "batch_size": 8, "precision": "float32"},
    "lrcn": {
        **{"epochs": 3, "ensemble_size": 1, "hidden": 8},
        "cnn": with_changes(shipped_values("lrcn")["cnn"], epochs=1, batch_size=8, precision="float32"),
    },
}
SEARCHED = {key: {"training.learning_rate": [1e-06, 0.01]} for key in ("ann", "rnn", "gru", "lstm")}


def shipped(name, **changes):
    """The shipped configuration of a kind, made quick; it trains on anything."""
    return MODELS[name].config(**with_changes(shipped_values(name), **QUICK.get(name, {}) | changes))


@pytest.fixture(params=sorted(name for name, entry in MODELS.items() if entry.answers("clip")))
def name(request):
    return request.param


@pytest.fixture(params=sorted(kinds_reading("features", "clip")))
def classifier(request):
    """A kind that reads features."""
    return request.param


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return colours(tmp_path_factory.mktemp("frames"), 24)


@pytest.fixture(scope="module")
def backbone():
    return make_backbone(NAME, SIZE)


@pytest.fixture
def data(name, means, pictures):
    """Three classes, as this kind reads them."""
    return {"features": means, "frames": pictures}[MODELS[name].inputs]


@pytest.fixture
def begin(name, backbone):
    """What this kind begins from."""
    return backbone if MODELS[name].inputs == "frames" else None


def fitted(name, dataset, runtime, begin=None, checkpoint=None, **changes):
    with computing(runtime):
        model = model_entry(name).build(shipped(name, **changes), runtime, backbone=begin)
        model.fit(dataset.part("train"), dataset.part("val"), checkpoint)
    return model


def test_each_has_its_parameters_and_its_file(name):
    assert PARAMETERS[name] is MODELS[name].config
    assert shipped(name)


def test_it_gives_probabilities(name, data, begin, runtime):
    model, test = fitted(name, data, runtime, begin), data.part("test")
    proba = model.predict_proba(test)
    assert proba.shape == (len(test), 3)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6)
    assert (proba >= 0).all()
    assert model.kind == name
    assert model.class_names == data.class_names
    assert model.parameters >= 3
    assert model.task.name == "classification"


def test_the_same_seed_gives_the_same_bits_also_with_a_checkpoint(name, data, begin, runtime, tmp_path):
    test = data.part("test")
    first, second, kept = (
        fitted(name, data, runtime, begin, checkpoint).predict_proba(test)
        for checkpoint in (None, None, tmp_path / "unfinished")
    )
    assert np.array_equal(first, second)
    assert np.array_equal(first, kept)


def test_a_saved_model_answers_as_before_and_its_files_are_no_pickles(name, data, begin, runtime, tmp_path):
    model, test = fitted(name, data, runtime, begin), data.part("test")
    model.refit(data.part("train", "val"))
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m")
    assert np.array_equal(loaded.predict_proba(test), model.predict_proba(test))
    assert loaded.reads_order == model.reads_order
    assert loaded.description == model.description
    assert loaded.parameters == model.parameters
    assert loaded.task == model.task
    assert {file.suffix for file in (tmp_path / "m").iterdir()} == {".json", ".safetensors"}


# Of the recurrent nets one: their arrays, and what comes before them, are the same class's; so is rocket's SVM.
@pytest.mark.parametrize("classifier", sorted(set(kinds_reading("features", "clip")) - {"rnn", "gru", "rocket"}))
@pytest.mark.parametrize("pca", [None, 6, 0.9])
@pytest.mark.parametrize("count", [40, 200])
def test_a_saved_model_answers_to_the_bit_whatever_the_layout_of_its_arrays(
    classifier, wide, runtime, pca, count, tmp_path
):
    """A PCA lies in memory otherwise by how it is fitted; a randomised one is part of a larger matrix."""
    features = np.tile(wide.x, (1, 1, 4)) + np.random.default_rng(0).normal(size=(1, 1, 1200)).astype(np.float32)
    large = replace(wide, x=features * wide.mask[..., None]).take(np.arange(count))
    model = fitted(classifier, large, runtime, pca=pca)
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m")
    assert np.array_equal(loaded.predict_proba(large), model.predict_proba(large))
    assert loaded.parameters == model.parameters
    save_model(loaded, tmp_path / "again")
    for file in (tmp_path / "m").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_a_model_of_an_earlier_version_is_refused_in_a_sentence(classifier, means, runtime, tmp_path):
    save_model(fitted(classifier, means, runtime), tmp_path / "m")
    (tmp_path / "m" / "estimator.skops").write_bytes(b"")
    with pytest.raises(UserError, match=r"expected a model in safetensors.*got estimator\.skops.*train it again"):
        read_model(tmp_path / "m")


def test_the_same_model_is_the_same_bytes(name, data, begin, runtime, tmp_path):
    for folder in ("a", "b"):
        save_model(fitted(name, data, runtime, begin), tmp_path / folder)
    files = [file.name for file in (tmp_path / "a").iterdir()]
    assert len(files) > 1
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_what_it_answers_becomes_the_table_of_its_task(name, data, begin, runtime):
    model, test = fitted(name, data, runtime, begin), data.part("test")
    table = answered_both_ways(model, test)
    assert table["id"].tolist() == test.ids.tolist()
    assert np.array_equal(probabilities(table).argmax(axis=1), model.task.answers(model.predict_proba(test)))
    times_s = test.clip_times_s()
    assert all(np.array_equal(times_s[id_], times) for id_, times in zip(table["id"], table["times_s"], strict=True))
    assert ("predicted_backwards" in table) == model.reads_order
    of_flow = replace(test, lineage={"features": {"stream": "flow"}})
    assert "predicted_backwards" not in answered_both_ways(model, of_flow), "moving things would turn round"


def test_the_search_never_sees_test(name, data, begin, runtime):
    config = shipped(name) if MODELS[name].inputs == "frames" else shipped(name, grid={}, refit=False)
    (whole, trials, record), (without, *_) = (
        search(name, config, some, runtime, backbone=begin) for some in (data, data.part("train", "val"))
    )
    assert np.array_equal(whole.predict_proba(data), without.predict_proba(data))
    assert record["trials"] == len(trials) == 1
    assert record["dataset"] == data.digest
    assert record["trainable_parameters"] == whole.parameters


def test_two_classes_work_too(classifier, order, runtime):
    model, test = fitted(classifier, order, runtime), order.part("test")
    assert model.predict_proba(test).shape == (len(test), 2)


@pytest.mark.parametrize("pca", [None, 64, 0.9])
def test_a_saved_model_answers_to_the_bit_whatever_the_threads_of_the_process(classifier, wide, runtime, pca, tmp_path):
    model = fitted(classifier, wide, runtime, pca=pca)
    with intra_op_threads(1):
        judged = model.predict_proba(wide)
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m")
    assert loaded.threads == model.threads == 1
    with intra_op_threads(2):
        assert np.array_equal(loaded.predict_proba(wide), judged)


def test_frames_behind_the_mask_change_nothing(classifier, means, runtime):
    model, test = fitted(classifier, means, runtime), means.part("test")
    junk = np.where(test.mask[..., None], test.x, 7.0).astype(np.float32)
    np.testing.assert_allclose(model.predict_proba(replace(test, x=junk)), model.predict_proba(test), atol=1e-9)


def test_search_keeps_the_best_trial_on_val(classifier, means, runtime):
    grid = SEARCHED.get(classifier, {"C": [1e-6, 1.0]})
    model, trials, record = search(classifier, shipped(classifier, grid=grid, refit=False), means, runtime)
    key = next(iter(grid))
    best = trials.sort_values(["val_macro_f1", "val_log_loss"], ascending=[False, True]).iloc[0]
    assert flat(model.config.model_dump())[key] == best[f"param.{key}"] == record["chosen"][key]
    assert record["trials"] == len(trials) == 2


def test_without_validation_samples_the_search_says_what_to_do(classifier, means, runtime):
    with pytest.raises(UserError, match=r"The D' has no validation samples .*raise corpus\.val_share"):
        search(classifier, shipped(classifier), means.part("train", "test"), runtime)


@pytest.mark.parametrize("name", ["finetune", "lrcn"])
def test_a_cnn_that_is_trained_to_the_end_needs_no_val(name, pictures, backbone, runtime):
    model, trials, _ = search(name, shipped(name), pictures.part("train", "test"), runtime, backbone=backbone)
    assert len(model.history) == 1
    assert np.isnan(trials["val_macro_f1"].item())


def test_what_reads_frames_is_not_run_by_default():
    assert set(kinds_reading("frames")) == {"captioner", "finetune", "lrcn"}
    assert not any(entry.default for entry in kinds_reading("frames").values())


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"(?s)Unknown model 'lstn'.*'lstm'.*linear, lrcn, lstm,.* svm"):
        model_entry("lstn")
