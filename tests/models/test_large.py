"""A D' on disk is trained on chunk by chunk, with the answers that one in memory gives, and is never held whole."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.test_contract import fitted, shipped

from seqpipe.core.errors import UserError
from seqpipe.data import memmap as mapped
from seqpipe.data.memmap import MemmapArray, new_rows
from seqpipe.models import preprocessing
from seqpipe.models.base import pool_time, predict_backwards
from seqpipe.models.linear import solvers
from seqpipe.models.linear.rows import Vectors, as_one, prepared, vectors_of
from seqpipe.models.linear.solvers import fit_linear_svm, fit_multinomial
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.preprocessing import fit_preprocessor
from seqpipe.models.search import search
from seqpipe.runtime.devices import computing, intra_op_threads

CPU = torch.device("cpu")
PLENTY = 10**9
TINY = 4 * 5 * 8 * 7
"""Seven clips of five frames with eight features."""


@pytest.fixture
def on_disk(tmp_path):
    """The same D' with its x in a file, and how many bytes of it may be made in memory."""

    def move(dataset, in_memory_bytes=1, dtype=np.float32):
        path = tmp_path / f"x{len(list(tmp_path.glob('*.npy')))}.npy"
        with new_rows(path, dataset.x.shape, np.dtype(dtype)) as put:
            for row, values in enumerate(dataset.x.astype(dtype)):
                put(np.array([row]), values)
        return replace(dataset, x=MemmapArray(path, in_memory_bytes))

    return move


@pytest.fixture
def reads(monkeypatch):
    """How many samples were read at once, each time; chunks are of seven."""
    counts = []
    stored = MemmapArray.stored

    def counting(self, samples):
        values = stored(self, samples)
        counts.append(len(values))
        return values

    monkeypatch.setattr(MemmapArray, "stored", counting)
    monkeypatch.setattr(mapped, "CHUNK_BYTES", TINY)
    return counts


class Chunked(Vectors):
    """Vectors that come in chunks of these lengths."""

    def __init__(self, x, lengths):
        super().__init__(x[:, None], np.ones((len(x), 1), bool), "mean")
        object.__setattr__(self, "lengths", lengths)

    def slices(self):
        starts = np.cumsum([0, *self.lengths])
        return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(self)], strict=True) if a < len(self)]


@settings(deadline=None, max_examples=8)
@given(
    lengths=st.lists(st.integers(1, 40), max_size=12),
    n_classes=st.sampled_from([2, 4]),
    C=st.sampled_from([0.01, 1.0]),
    fit=st.sampled_from([fit_linear_svm, fit_multinomial]),
)
def test_in_chunks_of_any_length_the_solution_is_the_same(lengths, n_classes, C, fit):
    rng = np.random.default_rng(3)
    t = np.arange(120) % n_classes
    x = (rng.normal(size=(n_classes, 10))[t] + rng.normal(size=(120, 10))).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch, intra_op_threads(1):
        patch.setattr(solvers, "IN_CHUNKS", solvers.Tolerance(1e-6, 1e-11))
        coef, intercept = fit(Chunked(x, lengths), t, n_classes, C, 1000, CPU)
    wanted = fit(x.astype(np.float64), t, n_classes, C, 1000, CPU)
    np.testing.assert_allclose(coef, wanted[0], atol=1e-3 * np.abs(wanted[0]).max())
    np.testing.assert_allclose(intercept, wanted[1], atol=1e-3)


@pytest.mark.parametrize("pooling", ["mean", "mean_std", "pyramid", "concat", "frames"])
@pytest.mark.parametrize("changes", [{}, {"standardize": False}, {"pca": 3}, {"pca": 0.9}])
def test_vectors_made_in_chunks_are_those_made_at_once(pooling, changes, means, on_disk, reads):
    config = shipped("linear", **changes)
    large = on_disk(means)
    some, at_once = Vectors(large.x, means.mask, pooling), pool_time(means.x, means.mask, pooling)
    assert some.shape == at_once.shape
    np.testing.assert_allclose(some.whole(), at_once, rtol=1e-6, atol=1e-6)
    steps, wanted = fit_preprocessor(config, some, 0), fit_preprocessor(config, at_once, 0)
    ready = prepared(steps, some)
    assert isinstance(ready, Vectors)
    assert ready.shape == wanted.transform(at_once).shape
    np.testing.assert_allclose(ready.whole(), wanted.transform(at_once), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ready.whole(), steps.transform(at_once), rtol=1e-3, atol=1e-4)
    assert as_one(steps).size == ready.shape[1]


def test_a_pca_sees_as_many_vectors_as_fit_evenly_spread(means, on_disk, reads, monkeypatch):
    monkeypatch.setattr(preprocessing, "PCA_BYTES", 8 * 8 * 20)
    large = on_disk(means)
    steps = fit_preprocessor(shipped("linear", pca=3), Vectors(large.x, means.mask, "mean"), 0)
    assert max(reads) == 20
    seen = pool_time(means.x, means.mask, "mean")[np.linspace(0, 95, 20).astype(int)]
    scaled = (seen - steps.mean) / steps.scale
    np.testing.assert_allclose(steps.center, scaled.mean(0), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("pooling", ["mean", "concat"])
@pytest.mark.parametrize("name", ["svm", "linear", "ann"])
def test_the_answers_are_those_of_one_in_memory(name, pooling, dtype, means, on_disk, reads, runtime, tmp_path):
    means = replace(means, x=means.x.astype(dtype).astype(np.float32))
    large = on_disk(means, dtype=dtype)
    assert large.digest == means.digest
    model, wanted = (fitted(name, of, runtime, pooling=pooling) for of in (large, means))
    both, test = large.part("train", "val"), means.part("test")
    for again in (False, True):
        if again:
            with computing(runtime):
                model.refit(both)
                wanted.refit(means.part("train", "val"))
        proba = model.predict_proba(large.part("test"))
        np.testing.assert_allclose(proba, wanted.predict_proba(test), atol=5e-3)
        np.testing.assert_allclose(proba, model.predict_proba(test), atol=1e-5)
    backwards = predict_backwards(model, large.part("test"))
    np.testing.assert_allclose(backwards, predict_backwards(wanted, test), atol=5e-3)
    assert 0 < max(reads) <= max(7, model.config.training.batch_size if name == "ann" else 0)
    save_model(model, tmp_path / "m")
    kept = read_model(tmp_path / "m").predict_proba(test)
    np.testing.assert_allclose(kept, model.predict_proba(test), atol=1e-12)


def test_the_same_seed_gives_the_same_bits(means, on_disk, runtime):
    test = means.part("test")
    for name in ("svm", "linear", "ann"):
        one, two = (fitted(name, on_disk(means), runtime).predict_proba(test) for _ in range(2))
        assert np.array_equal(one, two)


def test_vectors_that_fit_are_fitted_as_ever(means, on_disk, runtime):
    """Five frames of eight features: averaged over time they are a fifth of D'."""
    train = means.part("train")
    fifth = on_disk(means, 4 * len(train) * 8)
    vectors = vectors_of(fifth.part("train").x, train.mask, "mean")
    assert isinstance(vectors, np.ndarray)
    assert isinstance(vectors_of(fifth.part("train").x, train.mask, "concat"), Vectors)
    model, wanted = (fitted("svm_rbf", of, runtime) for of in (fifth, means))
    test = means.part("test")
    np.testing.assert_allclose(model.predict_proba(test), wanted.predict_proba(test), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "svm_rbf",
            {"pca": None},
            r"RBF SVM needs all 48 .* of 8 .*Give svm_rbf\.pca, or take svm, linear or ann, or raise",
        ),
        (
            "svm",
            {"solver": "sklearn"},
            r"scikit-learn's solver needs all .*Give svm\.solver=auto, or raise dataset\.in_mem",
        ),
        ("lstm", {"pca": None}, r"LSTM needs all \d+ training vectors of 8 .*Give a small lstm\.pca, or raise"),
    ],
)
def test_who_needs_them_all_at_once_says_so(name, changes, said, means, on_disk, runtime):
    with pytest.raises(UserError, match=said):
        fitted(name, on_disk(means), runtime, **changes)


@pytest.mark.parametrize("name", ["svm_rbf", "lstm"])
def test_on_a_pca_that_fits_they_work(name, means, on_disk, reads, runtime):
    large = on_disk(means, 4 * 3 * means.mask.size)
    model, wanted = (fitted(name, of, runtime, pca=3, standardize=True) for of in (large, means))
    test = means.part("test")
    proba = model.predict_proba(large.part("test"))
    np.testing.assert_allclose(proba, wanted.predict_proba(test), atol=5e-3)


def test_a_search_chooses_among_trials_on_disk(means, on_disk, reads, runtime):
    grid = yaml.safe_load("C: [0.000001, 1.0]")
    config = shipped("linear", grid=grid, refit=True)
    _, trials, record = search("linear", config, on_disk(means), runtime)
    wanted = search("linear", config, means, runtime)
    assert record["chosen"] == wanted[2]["chosen"]
    np.testing.assert_allclose(trials["val_log_loss"], wanted[1]["val_log_loss"], atol=1e-3)
    assert max(reads) <= 7


@pytest.mark.parametrize("frames", [1, 3])
def test_of_frames_those_alone_that_count_are_vectors(frames):
    x = np.arange(4.0 * frames * 2, dtype=np.float32).reshape(4, frames, 2)
    mask = np.array([[True] * frames, [False] * frames, [False] * frames, [True] * frames])
    vectors = Vectors(x, mask, "frames")
    assert np.array_equal(vectors.whole(), x[mask])
    assert [vectors.rows(slice(n, n + 1)) for n in range(4)] == [
        slice(0, frames), slice(frames, frames), slice(frames, frames), slice(frames, 2 * frames),
    ]  # fmt: skip
    assert Vectors(x, mask, "mean").rows(slice(1, 3)) == slice(1, 3)
