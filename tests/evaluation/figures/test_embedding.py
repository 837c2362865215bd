"""The embedding keeps neighbours together, is the same again, and its figure shows every sample."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from seqpipe.evaluation.figures.embedding import (
    CLASSES_IN_COLOUR,
    CLASSES_WITH_NAMES,
    embed,
    embedding_figure,
    embedding_table,
)


def clusters(n: int, d: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    t = np.arange(n) % k
    return (rng.normal(size=(n, d)) + 6.0 * rng.normal(size=(k, d))[t]).astype(np.float32), t


def points(k: int, n_test: int = 20, n_train: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    splits = ["test"] * n_test + ["train"] * (n_train - 5) + ["val"] * 5
    n = n_test + n_train
    labels = [f"class {i % k:03d}" for i in range(n)]
    return pd.DataFrame({"x": rng.normal(size=n), "y": rng.normal(size=n), "label": labels, "split": splits})


def n_points(axes) -> int:
    return sum(len(c.get_offsets()) for c in axes.collections)


@pytest.mark.parametrize("d", [3, 120])
def test_neighbours_stay_neighbours(d):
    x, t = clusters(60, d, 3)
    found = embed(x, seed=0)
    assert found.shape == (60, 2)
    nearest = NearestNeighbors(n_neighbors=2).fit(found).kneighbors(return_distance=False)
    assert (t[nearest] == t[:, None]).mean() > 0.95


def test_the_same_seed_gives_the_same_bits():
    x, _ = clusters(80, 30, 4)
    assert (embed(x, seed=3) == embed(x, seed=3)).all()


@pytest.mark.parametrize("n", [1, 2, 4, 5, 7])
@pytest.mark.parametrize("d", [1, 2, 60])
def test_few_samples_or_features_have_places(n, d):
    found = embed(np.random.default_rng(0).normal(size=(n, d)), seed=0)
    assert found.shape == (n, 2)
    assert np.isfinite(found).all()
    assert n == 1 or len(np.unique(found, axis=0)) == n


def test_constant_features_lie_in_one_place_and_what_is_not_finite_is_refused():
    assert (embed(np.full((9, 4), 2.0), seed=0) == 0).all()
    for x in (np.full((9, 4), np.nan), np.zeros((0, 3)), np.zeros(3)):
        with pytest.raises(ValueError, match="expected"):
            embed(x, seed=0)


def test_of_many_samples_a_random_part_is_shown_with_its_own_labels():
    x, t = clusters(90, 8, 3)
    splits = np.array(["train", "test"])[np.arange(90) % 2]
    table = embedding_table(x, [f"c{i}" for i in t], splits, seed=0, max_samples=30)
    assert list(table) == ["x", "y", "label", "split"]
    assert len(table) == 30
    centres = table.groupby("label")[["x", "y"]].mean()
    assert table.groupby("label")[["x", "y"]].std().max().max() < centres.std().max(), "classes lie apart"
    whole = embedding_table(x, [f"c{i}" for i in t], splits, seed=0)
    assert whole["label"].tolist() == [f"c{i}" for i in t]
    assert whole["split"].tolist() == splits.tolist()


def test_few_classes_are_named_at_their_medians():
    table = points(3)
    axes = embedding_figure(table).axes[0]
    assert n_points(axes) == 60
    assert sorted(t.get_text() for t in axes.texts) == ["class 000", "class 001", "class 002"]
    medians = table.groupby("label")[["x", "y"]].median()
    assert [tuple(t.xy) for t in axes.texts] == [tuple(row) for row in medians.to_numpy()]
    assert axes.get_xlabel() == "large: 20 test samples; small: 40 of train and val"


def test_test_samples_are_larger_and_opaque():
    axes = embedding_figure(points(1)).axes[0]
    train, test = axes.collections
    assert (len(train.get_offsets()), len(test.get_offsets())) == (40, 20)
    assert train.get_sizes()[0] < test.get_sizes()[0]
    assert train.get_alpha() < 1.0
    assert test.get_alpha() is None


def test_many_classes_have_a_legend_and_the_smallest_are_grey():
    k = CLASSES_WITH_NAMES + 1
    figure = embedding_figure(points(k))
    assert not figure.axes[0].texts
    assert len(figure.legends[0].get_texts()) == k
    figure = embedding_figure(points(40))
    names = [t.get_text() for t in figure.legends[0].get_texts()]
    assert len(names) == CLASSES_IN_COLOUR + 1
    assert names[0] == "16 other classes"
    assert n_points(figure.axes[0]) == 60
    assert names[1:] == [f"class {i:03d}" for i in range(CLASSES_IN_COLOUR)], (
        "20 classes have a sample more, then by name"
    )


def test_one_sample_without_test_and_a_long_name_with_a_dollar_can_be_drawn():
    table = pd.DataFrame({"x": [0.0], "y": [0.0], "label": ["$\\frac{" + "x" * 80], "split": ["train"]})
    embedding_figure(table).savefig(io.BytesIO(), format="png", dpi=40)
