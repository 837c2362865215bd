"""D' in two dimensions: which classes the features already hold apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from seqpipe.evaluation.figures.labels import Label, place_labels, settle
from seqpipe.evaluation.figures.style import GREY, INK, PALETTE, SMALL_PT, dress, new_figure, plain

Floats = npt.NDArray[np.float64]

COMPONENTS = 50
PERPLEXITY, PERPLEXITY_SHARE = 30.0, 1 / 3  # neighbours that count, and of few samples the share of them
FEWEST_SAMPLES = 5  # of fewer the two first principal components are shown
CLASSES_WITH_NAMES = 12
CLASSES_IN_COLOUR = 24
MARKERS = ["o", "s", "^", "D"]
LEGEND_COLUMNS = 3


def embed(x: npt.ArrayLike, seed: int) -> Floats:
    """t-SNE (van der Maaten and Hinton, JMLR 2008) of the first 50 principal components.

    Only who is near whom means something: not the axes, the sizes of groups or the distances between them.

    Args:
        x: (N, D) features.
        seed: of what is drawn; the same seed gives the same points.

    Returns:
        (N, 2) points; all 0 where the features are constant.

    Raises:
        ValueError: there is no sample, or a feature is not finite.
    """
    features = np.asarray(x, dtype=np.float64)
    if features.ndim != 2 or not len(features) or not np.isfinite(features).all():
        raise ValueError(f"expected finite features (N, D) of one sample or more, got shape {features.shape}")
    if (np.ptp(features, axis=0) == 0).all():
        return np.zeros((len(features), 2))
    reduced = _components(features, seed)
    if len(features) < FEWEST_SAMPLES:
        return reduced[:, :2]
    perplexity = min(PERPLEXITY, (len(features) - 1) * PERPLEXITY_SHARE)
    # Threads add up in the order in which they end, and t-SNE makes the last bit's difference visible.
    with threadpool_limits(limits=1, user_api="openmp"):
        tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed)
        return tsne.fit_transform(reduced).astype(np.float64)


def _components(features: Floats, seed: int) -> Floats:
    """(N, 2..50) principal components; what is missing of two is 0."""
    most = min(COMPONENTS, *features.shape)
    reduced = PCA(most, random_state=seed).fit_transform(features)
    return np.pad(reduced, ((0, 0), (0, max(0, 2 - most))))


def embedding_table(
    x: npt.ArrayLike, labels: Sequence[str], splits: Sequence[str], seed: int, max_samples: int = 1000
) -> pd.DataFrame:
    """The points of the samples, of more than ``max_samples`` those of a random part: t-SNE takes time.

    Args:
        x: (N, D) features.
        labels, splits: (N,) class and train / val / test of each.

    Returns:
        Columns x, y, label and split.
    """
    features = np.asarray(x)
    rows = np.arange(len(features))
    if len(rows) > max_samples:
        rows = np.sort(np.random.default_rng(seed).choice(rows, max_samples, replace=False))
    points = embed(features[rows], seed)
    names, sides = np.asarray(labels, dtype=object)[rows], np.asarray(splits, dtype=object)[rows]
    return pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "label": names, "split": sides})


def embedding_figure(table: pd.DataFrame, title: str = "D' in two dimensions (t-SNE)") -> Figure:
    """One colour a class: test large, the rest small and pale. Few classes are also named where they lie.

    Of more than `CLASSES_IN_COLOUR` the smallest are grey.

    Args:
        table: columns x, y, label, split, at least one row.
    """
    names = _largest_classes(table["label"])
    figure = new_figure(5.0 + 0.17 * np.ceil((len(names) + 1) / LEGEND_COLUMNS))
    axes = dress(figure.add_subplot(), title, grid="none")
    axes.set(xticks=[], yticks=[])
    axes.margins(0.06)
    rest = table[~table["label"].isin(names)]
    if len(rest):
        _draw_class(axes, rest, f"{rest['label'].nunique()} other classes", {"color": GREY, "marker": "o"})
    for i, name in enumerate(names):
        _draw_class(axes, table[table["label"] == name], plain(name), _class_look(i))
    n_test = int(table["split"].eq("test").sum())
    axes.set_xlabel(f"large: {n_test} test samples; small: {len(table) - n_test} of train and val", fontsize=SMALL_PT)
    options = {"ncols": LEGEND_COLUMNS, "fontsize": SMALL_PT, "frameon": False, "labelcolor": INK}
    figure.legend(loc="outside lower center", **options)
    if len(names) <= CLASSES_WITH_NAMES:
        settle(figure)
        place_labels(axes, _names_at_medians(table, names), avoid=[], on_point=True)
    return figure


def _largest_classes(labels: pd.Series) -> list[str]:
    """By name, those with most samples where there are more than have a colour."""
    counts = labels.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sorted(counts.index[:CLASSES_IN_COLOUR], key=str)


def _class_look(i: int) -> dict[str, Any]:
    return {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i // len(PALETTE) % len(MARKERS)]}


def _draw_class(axes: Axes, rows: pd.DataFrame, name: str, look: dict[str, Any]) -> None:
    test = rows["split"] == "test"
    axes.scatter(rows.loc[~test, "x"], rows.loc[~test, "y"], s=8, alpha=0.35, linewidths=0, zorder=2, **look)
    axes.scatter(
        rows.loc[test, "x"], rows.loc[test, "y"], s=26, edgecolors="white", linewidths=0.5, zorder=3, label=name, **look
    )


def _names_at_medians(table: pd.DataFrame, names: Sequence[str]) -> list[Label]:
    medians = table.groupby("label")[["x", "y"]].median()
    points = medians.loc[list(names)].to_numpy(np.float64)
    return [Label(plain(name), x, y, INK, bold=True) for name, (x, y) in zip(names, points, strict=True)]
