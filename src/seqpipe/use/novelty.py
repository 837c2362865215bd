"""How far samples are from those that a model was trained on.

A sample is the mean of its steps' features, of length 1. Its distance is that to its k-th nearest neighbour among
samples of train (Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022), in the space of
their principal components; what lies outside of that space is one more coordinate, so that nothing new is lost in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_SAMPLES = 1000
"""Of train as of val: what is kept in a file is small, whatever D' is."""
MOST_COMPONENTS = 64
NEIGHBOUR = 5
"""k: one odd sample of train makes nothing near."""
NEAR_SHARE = 0.99
"""Which share of val is near."""
Array = np.ndarray


@dataclass(frozen=True)
class Reference:
    """What new samples are held against.

    Attributes:
        mean: (D,) of the vectors of train.
        axes: (P, D) their principal components.
        points: (R, P + 1) the vectors of train along these, and how far off all of them.
        threshold: The distance beyond which a sample is far.
    """

    mean: Array
    axes: Array
    points: Array
    threshold: float


def reference_of(train: Array, val: Array) -> Reference:
    """The reference of samples of train (R, D); far is what is farther from them than 99 % of those of val (V, D).

    Both are vectors as `vectors` gives them, R and V at least 1.
    """
    mean = train.mean(axis=0)
    axes = _components(train - mean)
    points = _placed(train, mean, axes)
    threshold = float(np.quantile(_to_neighbour(_placed(val, mean, axes), points), NEAR_SHARE))
    return Reference(mean, axes, points, threshold)


def vectors(x: Array, mask: Array) -> Array:
    """(N, D) float32 of features x (N, T, D): the mean of each sample's real steps (mask (N, T)), of length 1."""
    sums: Array = np.einsum("ntd,nt->nd", x, mask.astype(x.dtype), dtype=np.float32)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def distances(reference: Reference, some: Array) -> Array:
    """(N,) how far vectors (N, D) are; those above the reference's threshold are far from what was trained on."""
    return _to_neighbour(_placed(some, reference.mean, reference.axes), reference.points)


def _components(centred: Array) -> Array:
    """(P, D) orthonormal, by falling variance, of (R, D); those of no variance are left out.

    Of the smaller of the two products: R or D may be large, never both.
    """
    rows, size = centred.shape
    small = centred @ centred.T if rows < size else centred.T @ centred
    values, found = np.linalg.eigh(small.astype(np.float64))
    kept = np.flatnonzero(values > values[-1] * 1e-6)[::-1][:MOST_COMPONENTS]
    axes = found[:, kept].T
    if rows < size:
        axes = axes @ centred
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return np.ascontiguousarray(axes, np.float32)


def _placed(some: Array, mean: Array, axes: Array) -> Array:
    """(N, P + 1) coordinates along the components, and the length of what is left."""
    centred = some - mean
    along = centred @ axes.T
    left = np.linalg.norm(centred - along @ axes, axis=1, keepdims=True)
    return np.hstack([along, left])


def _to_neighbour(some: Array, points: Array) -> Array:
    """(N,) the distance of each to its k-th nearest of the points (R, P + 1), or to the farthest of fewer."""
    squares = (some**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * some @ points.T
    k = min(NEIGHBOUR, len(points)) - 1
    return np.sqrt(np.maximum(np.partition(squares, k, axis=1)[:, k], 0.0))
