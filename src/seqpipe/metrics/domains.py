"""How far two domains lie apart, from features alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics.pairwise import euclidean_distances

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Discrepancy:
    """Maximum mean discrepancy of two sets of features, and what it was measured with."""

    mmd2: float  # unbiased: 0 in the mean where the distributions are equal, so it may be a little below
    bandwidth: float  # sigma of the kernel, in the unit of the features
    n_source: int
    n_target: int


def _matrix(x: npt.ArrayLike) -> Floats:
    features = np.asarray(x, dtype=np.float64)
    if features.ndim != 2 or not len(features) or not np.isfinite(features).all():
        raise ValueError(f"expected finite features (N, D) of one sample or more, got shape {features.shape}")
    return features


def mmd2(source: npt.ArrayLike, target: npt.ArrayLike, seed: int, max_samples: int = 1000) -> Discrepancy:
    """Squared maximum mean discrepancy of source and target in x' space (Gretton et al., JMLR 2012, eq. 3).

    The kernel is exp(-|a - b|^2 / (2 sigma^2)), sigma the median distance of the pooled samples, so the result does not
    change when all features are multiplied by a number, and layers can be set side by side.

    Args:
        source: (N, D) features.
        target: (M, D) features of the same layer.
        seed: of the samples drawn.
        max_samples: drawn from each side at most; time and memory grow with its square.

    Raises:
        ValueError: a side has fewer than two samples, the sizes of the features differ, or one is not finite.
    """
    rng = np.random.default_rng(seed)
    sides = [_drawn(np.asarray(side), max_samples, rng) for side in (source, target)]
    n, m = len(sides[0]), len(sides[1])
    if min(n, m) < 2 or sides[0].shape[1] != sides[1].shape[1]:
        raise ValueError(f"expected two samples a side and features of one size, got {[s.shape for s in sides]}")
    distances2 = euclidean_distances(np.concatenate(sides), squared=True).astype(np.float64)
    bandwidth = _median_distance(distances2)
    kernel = np.exp(-distances2 / (2.0 * bandwidth**2))
    np.fill_diagonal(kernel, 0.0)
    of_source = (np.arange(n + m) < n)[:, None].astype(np.float64)
    return Discrepancy(float(_unbiased(kernel, of_source)[0]), bandwidth, n, m)


def _drawn(x: npt.NDArray[np.generic], most: int, rng: np.random.Generator) -> Floats:
    if len(x) > most:
        x = x[np.sort(rng.choice(len(x), most, replace=False))]
    return _matrix(x)


def _median_distance(distances2: Floats) -> float:
    """Median over pairs of different samples; over those apart, where most are equal; 1 where all are."""
    pairs = np.sqrt(distances2[np.triu_indices_from(distances2, k=1)])
    median = float(np.median(pairs))
    apart = pairs[pairs > 0]
    return median or (float(np.median(apart)) if len(apart) else 1.0)


def _unbiased(kernel: Floats, of_source: Floats) -> Floats:
    """(P,) estimates for P ways (n + m, P) to share the samples out; the kernel's diagonal is 0."""
    of_target = 1.0 - of_source
    n, m = of_source.sum(axis=0), of_target.sum(axis=0)
    to_source, to_target = kernel @ of_source, kernel @ of_target
    within = (of_source * to_source).sum(axis=0) / (n * (n - 1)) + (of_target * to_target).sum(axis=0) / (m * (m - 1))
    return within - 2.0 * (of_source * to_target).sum(axis=0) / (n * m)
