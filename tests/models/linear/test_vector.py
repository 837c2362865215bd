"""Classifiers on one vector a clip."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import log_softmax, softmax
from tests.configs import shipped_values

from seqpipe.config import FrameLinearConfig, LinearConfig, SvmConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.models.arrays import load_arrays
from seqpipe.models.base import pool_time
from seqpipe.models.linear.row_space import InRowSpace
from seqpipe.models.linear.scorers import FILE
from seqpipe.models.linear.vector import Linear, SingleFrame, Svm, fit_scale

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
SVM = {
    "kernel": "linear",
    "gamma": "scale",
    "pooling": "mean",
    "standardize": True,
    "pca": None,
    "C": 0.1,
    "solver": "sklearn",
    "ngrams": 1,
    "max_iter": 10000,
    "refit": False,
    "grid": {},
}
LINEAR = {k: v for k, v in SVM.items() if k not in ("kernel", "gamma")} | {"ahead": True}


def accuracy(model, part):
    return (model.predict_proba(part).argmax(1) == part.t).mean()


def fitted(make, config, dataset, runtime):
    model = make(config, runtime)
    model.fit(dataset.part("train"), dataset.part("val"))
    return model


def arrays_of(model, folder):
    """What its estimator learned, as it is saved."""
    folder.mkdir()
    model.write(folder)
    return load_arrays(folder / FILE)


def test_linear_models_wait_for_no_package_that_they_do_not_need():
    """skops, which they were once saved with, imported all of scikit-learn and its tests: two seconds of every run."""
    unneeded = "{'skops', 'torchvision', 'mlflow', 'pytest'}"
    code = f"import sys, seqpipe.models.linear.vector; print(*{unneeded} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert done.stdout.split() == []


def test_the_mean_is_over_real_frames_alone():
    x = np.array([[[1.0], [3.0], [99.0]]])
    mask = np.array([[True, True, False]])
    assert pool_time(x, mask, "mean").tolist() == [[2.0]]
    assert pool_time(x, mask, "concat").tolist() == [[1.0, 3.0, 0.0]]


def test_a_pyramid_is_mean_and_deviation_of_the_whole_and_of_each_third():
    x = np.array([1.0, 3, 5, 5, 0, 2, 9])[None, :, None]
    mask = np.array([[True] * 6 + [False]])
    whole = [x[0, :6].mean(), x[0, :6].std()]
    assert pool_time(x, mask, "pyramid").tolist() == [pytest.approx([*whole, 2, 1, 5, 0, 1, 1])]


@given(
    hnp.arrays(np.float64, (5, 7, 2), elements=st.floats(-9, 9)), st.lists(st.integers(1, 7), min_size=5, max_size=5)
)
def test_of_clips_of_any_length_each_third_is_pooled_alone(x, lengths):
    mask = np.arange(7) < np.array(lengths)[:, None]
    pooled = pool_time(x, mask, "pyramid").reshape(5, 4, 2, 2)
    for clip, length, parts in zip(x, lengths, pooled, strict=True):
        steps = [clip[:length][[3 * j // length == k for j in range(length)]] for k in range(3)]
        for part, got in zip((clip[:length], *(of if len(of) else clip[:length] for of in steps)), parts, strict=True):
            np.testing.assert_allclose(got, [part.mean(0), part.std(0)], atol=1e-6)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_svm_learns_means(kernel, means, runtime):
    model = fitted(Svm, SvmConfig(**SVM | {"kernel": kernel, "C": 1.0}), means, runtime)
    assert accuracy(model, means.part("test")) > 0.9
    assert not model.reads_order


def test_averaging_is_blind_to_order_and_concatenation_is_not(order, runtime):
    blind = fitted(Svm, SvmConfig(**SVM), order, runtime)
    reading = fitted(Svm, SvmConfig(**SVM | {"pooling": "concat"}), order, runtime)
    assert accuracy(blind, order.part("test")) < 0.75
    assert accuracy(reading, order.part("test")) > 0.95
    assert reading.reads_order


def test_averaging_gives_a_clip_and_its_reverse_the_same_answer(order, runtime):
    model = fitted(Svm, SvmConfig(**SVM), order, runtime)
    test = order.part("test")
    backwards = model.predict_proba(replace(test, x=test.x[:, ::-1]))
    np.testing.assert_allclose(model.predict_proba(test), backwards, atol=1e-6)


@pytest.mark.parametrize(("make", "parameters"), [(Svm, SVM), (Linear, LINEAR)])
def test_the_torch_solver_gives_the_same_answers(make, parameters, means, runtime):
    model_config = SvmConfig if make is Svm else LinearConfig
    ours = fitted(make, model_config(**parameters | {"solver": "torch"}), means, runtime)
    theirs = fitted(make, model_config(**parameters), means, runtime)
    test = means.part("test")
    np.testing.assert_allclose(ours.predict_proba(test), theirs.predict_proba(test), atol=2e-3)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (Svm, {"solver": "sklearn"}),
        (Svm, {"solver": "torch"}),
        (Svm, {"kernel": "rbf", "solver": "auto"}),
        (Linear, {"solver": "sklearn"}),
        (Linear, {"solver": "torch"}),
    ],
)
def test_fitting_among_the_training_vectors_is_fitting_in_all_dimensions(
    make, changes, means, runtime, monkeypatch, tmp_path
):
    wide = {"pooling": "concat", **changes}  # 5 frames x 8 features = 40 dimensions, 24 vectors
    parameters = SvmConfig(**SVM | wide) if make is Svm else LinearConfig(**LINEAR | wide)
    few = means.take(np.arange(48))
    assert len(few.part("train")) == 24
    small = fitted(make, parameters, few, runtime)
    monkeypatch.setattr(InRowSpace, "of", lambda x: InRowSpace(x, None, x.shape[1], float(x.var())))
    full = fitted(make, parameters, few, runtime)
    learned = "support_vectors_" if changes.get("kernel") == "rbf" else "coef"
    shapes = {arrays_of(model, tmp_path / name)[learned].shape for name, model in {"a": small, "b": full}.items()}
    assert len(shapes) == 1
    assert shapes.pop()[1] == 40
    np.testing.assert_allclose(small.predict_proba(means), full.predict_proba(means), atol=2e-3)


def test_a_pca_keeps_as_many_components_as_there_are_at_most(means, runtime):
    model = fitted(Svm, SvmConfig(**SVM | {"pca": 99}), means, runtime)
    assert model._prepare.size == 8


@given(st.integers(0, 1000))
def test_no_other_scale_has_a_lower_cross_entropy(seed):
    rng = np.random.default_rng(seed)
    scores, t = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    scores[np.arange(40), t] += 1.0
    targets = np.where(np.arange(3) == t[:, None], 41 / 43, 1 / 43)

    def cross_entropy(scale):
        return -(targets * log_softmax(scale * scores, axis=1)).sum(axis=1).mean()

    best = cross_entropy(fit_scale(scores, t))
    assert all(best <= cross_entropy(other) + 1e-6 for other in np.geomspace(0.02, 50, 30))


@given(st.integers(2, 60), st.integers(2, 12), st.floats(0.1, 10))
def test_a_val_split_without_a_mistake_vouches_for_as_much_as_it_has_samples(n, classes, margin):
    t = np.arange(n) % classes
    scores = np.where(np.arange(classes) == t[:, None], margin, 0.0)
    proba = softmax(fit_scale(scores, t) * scores, axis=1)
    np.testing.assert_allclose(proba[np.arange(n), t], (n + 1) / (n + classes), atol=1e-3)


def test_single_frames_are_learned_and_answered_one_by_one(means, runtime):
    """A clip of frames and each of its frames as a sample are alike to it; a clip is answered by their mean."""
    data = means.part("train")
    frames = FeatureDataset(
        x=data.x[data.mask][:, None],
        mask=np.ones((int(data.mask.sum()), 1), bool),
        times_s=np.zeros((int(data.mask.sum()), 1), np.float32),
        targets=data.targets.take(np.repeat(np.arange(len(data)), data.mask.sum(axis=1))),
        **dict.fromkeys(("ids", "groups", "splits"), np.array([""] * int(data.mask.sum()), object)),
        fingerprint="test",
    )
    config = FrameLinearConfig(**shipped_values("single_frame") | {"grid": {}})
    of_clips, of_frames = (SingleFrame(config, runtime) for _ in range(2))
    of_clips.fit(data, data)
    of_frames.fit(frames, frames)
    by_frame = of_frames.predict_proba(frames)
    owners = np.repeat(np.arange(len(data)), data.mask.sum(axis=1))
    wanted = [by_frame[owners == n].mean(axis=0) for n in range(len(data))]
    np.testing.assert_allclose(of_clips.predict_proba(data), wanted, atol=1e-6)
    assert not of_clips.reads_order
