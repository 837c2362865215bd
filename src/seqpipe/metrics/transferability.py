"""How well features or a source head suit the target task, from D' alone: nothing is trained.

Both scores are for comparing layers and backbones on the same samples; their values say little by themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from scipy.stats import kendalltau, spearmanr, weightedtau

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NUMBERS_AT_ONCE = 16_000_000  # features are turned into float64 in blocks of 128 MB
# The ratio of the precisions is sought within these bounds, in units of the largest eigenvalue: where the features
# explain a class exactly the evidence grows without end as the ratio goes to 0.
LOWEST_RATIO, HIGHEST_RATIO = 1e-10, 1e10
STARTS = 81
ITERATIONS = 1000
CONVERGED = 1e-10
FEWEST_TO_RANK = 3


def logme(x: npt.ArrayLike, t: npt.ArrayLike, n_classes: int) -> float:
    """LogME: how probable the labels are under linear models on the features, all weights integrated out.

    For each class y = [t = k] is modelled as y ~ N(Xw, 1/beta), w ~ N(0, 1/alpha); the score is the mean over the
    classes of max over alpha, beta of log p(y | X, alpha, beta) / N (You et al., *LogME: Practical Assessment of
    Pre-trained Models for Transfer Learning*, ICML 2021, eq. 2; the fixed point on alpha / beta by one
    decomposition is that of You et al., *Ranking and Tuning Pre-trained Models*, JMLR 2022, algorithm 3). For D > N it
    is the exact evidence too, as if the D - N directions that no sample has were not there. It does not change when
    the features are rotated, permuted or multiplied by a number. Takes O(N D min(N, D)).

    Args:
        x: (N, D) features.
        t: (N,) class indices, 0..K-1.
        n_classes: K. Classes that no sample has are left out of the mean.

    Returns:
        The score, higher is better; finite also where the features explain a class exactly.

    Raises:
        ValueError: the shapes disagree, there is no sample, or a feature is not finite.
    """
    features, truth = np.asarray(x), _class_indices(t, n_classes)
    if features.ndim != 2 or len(features) != len(truth):
        raise ValueError(f"expected features of shape ({len(truth)}, D), got {features.shape}")
    y = (truth[:, None] == np.unique(truth)).astype(np.float64)
    sigma, z2 = _spectrum(features, y)
    outside = y.sum(axis=0) - z2.sum(axis=0)
    outside[outside < 1e-12 * len(y)] = 0.0  # rounding: y lies in what the features span
    return float(_highest_evidence(sigma, z2, outside, len(y)).mean())


def _class_indices(t: npt.ArrayLike, n_classes: int) -> Ints:
    truth = np.asarray(t, dtype=np.int64)
    if truth.ndim != 1 or not len(truth) or not 0 <= truth.min() <= truth.max() < n_classes:
        raise ValueError(f"expected class indices in 0..{n_classes - 1}, at least one, got shape {truth.shape}")
    return truth


def _spectrum(x: npt.NDArray[np.generic], y: Floats) -> tuple[Floats, Floats]:
    """(R,) eigenvalues of X X^T that are not 0, and (R, K) squares of y in the coordinates of its eigenvectors."""
    n, d = x.shape
    size = max(1, NUMBERS_AT_ONCE // max(n, d))
    if n >= d:
        gram, seen = np.zeros((d, d)), np.zeros((d, y.shape[1]))
        for start in range(0, n, size):
            rows = x[start : start + size].astype(np.float64)
            gram += rows.T @ rows
            seen += rows.T @ y[start : start + size]
    else:
        gram, seen = np.zeros((n, n)), y
        for start in range(0, d, size):
            columns = x[:, start : start + size].astype(np.float64)
            gram += columns @ columns.T
    if not np.isfinite(gram).all():
        raise ValueError("expected finite features")
    sigma, vectors = eigh(gram)
    real = sigma > max(n, d) * np.finfo(np.float64).eps * max(sigma.max(initial=0.0), 0.0)
    z2 = (vectors[:, real].T @ seen) ** 2
    return sigma[real], z2 / sigma[real, None] if n >= d else z2


def _highest_evidence(sigma: Floats, z2: Floats, outside: Floats, n: int) -> Floats:
    """(K,) log evidence divided by N, at the best ratio of the precisions for each class.

    MacKay's fixed point may end in a lower maximum, so it starts at the best of a coarse grid.
    """
    if not len(sigma):
        return _evidence(np.ones_like(outside), sigma, z2, outside, n)
    low, high = LOWEST_RATIO * sigma.max(), HIGHEST_RATIO * sigma.max()
    grid = np.geomspace(low, high, STARTS)
    tried = np.stack([_evidence(np.full_like(outside, ratio), sigma, z2, outside, n) for ratio in grid])
    ratio = grid[tried.argmax(axis=0)]
    for _ in range(ITERATIONS):
        better = np.clip(_next_ratio(ratio, sigma, z2, outside, n), low, high)
        if (np.abs(better - ratio) <= CONVERGED * ratio).all():
            break
        ratio = better
    return np.maximum(_evidence(ratio, sigma, z2, outside, n), tried.max(axis=0))


def _next_ratio(ratio: Floats, sigma: Floats, z2: Floats, outside: Floats, n: int) -> Floats:
    """(K,) alpha / beta with alpha = gamma / |m|^2, beta = (N - gamma) / |y - Xm|^2 at the posterior mean m."""
    total = sigma[:, None] + ratio
    gamma = (sigma[:, None] / total).sum(axis=0)
    left = (ratio / total).sum(axis=0) + n - len(sigma)  # N - gamma without cancellation
    length2 = (sigma[:, None] * z2 / total**2).sum(axis=0)
    residual2 = (z2 * (ratio / total) ** 2).sum(axis=0) + outside
    with np.errstate(divide="ignore"):  # a class that the features do not see at all: no weights
        return gamma / left * residual2 / length2


def _evidence(ratio: Floats, sigma: Floats, z2: Floats, outside: Floats, n: int) -> Floats:
    """(K,) log p(y | X, alpha, beta) / N at these alpha / beta and the beta that is best for them."""
    shrink = ratio / (sigma[:, None] + ratio)
    energy = (z2 * shrink).sum(axis=0) + outside
    return 0.5 * (np.log(shrink).sum(axis=0) / n - np.log(energy / n) - 1.0 - np.log(2.0 * np.pi))


def leep(source_proba: npt.ArrayLike, t: npt.ArrayLike) -> float:
    """LEEP: how well the source head's own classes foretell the target's (Nguyen et al., ICML 2020, eq. 2).

    The mean over samples of log sum_z P(t | z) p(z | sample), with P(t | z) counted from the same samples.

    Args:
        source_proba: (N, Z) probabilities over the source's classes; rows are divided by their sum.
        t: (N,) class indices.

    Returns:
        At most 0, higher is better; 0 where each source class belongs to one target class alone.

    Raises:
        ValueError: the shapes disagree, there is no sample, or a row is no probability.
    """
    theta = np.asarray(source_proba, dtype=np.float64)
    truth = np.asarray(t, dtype=np.int64)
    if theta.ndim != 2 or truth.shape != (len(theta),) or not len(theta):
        raise ValueError(f"expected (N, Z) probabilities and N class indices, got {theta.shape} and {truth.shape}")
    total = theta.sum(axis=1, keepdims=True)
    if not (np.isfinite(theta).all() and (theta >= 0).all() and np.allclose(total, 1.0, atol=1e-3)):
        raise ValueError("expected rows of finite probabilities that sum to 1")
    theta = theta / total
    classes, place = np.unique(truth, return_inverse=True)
    joint = np.stack([theta[place == k].sum(axis=0) for k in range(len(classes))])  # (K, Z)
    mass = joint.sum(axis=0)
    given = np.divide(joint, mass, out=np.zeros_like(joint), where=mass > 0)
    expected = (given[place] * theta).sum(axis=1)
    return float(np.log(np.minimum(expected, 1.0)).mean())


def rank_correlation(scores: npt.ArrayLike, accuracies: npt.ArrayLike) -> dict[str, float]:
    """Whether a score puts layers and backbones in the order of the accuracy that was measured there.

    Args:
        scores, accuracies: (n,) each; pairs of which one is not finite are left out.

    Returns:
        kendall_tau and kendall_p (two-sided, of no association), spearman, weighted_tau (mistakes among the best
        count most, Vigna 2015) and n, the pairs that count. NaN, but n, where fewer than three pairs are left or
        one side is all equal.
    """
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(accuracies, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[known], y[known], float(known.sum())
    if n < FEWEST_TO_RANK or min(len(np.unique(x)), len(np.unique(y))) == 1:
        unknown = float("nan")
        return {"kendall_tau": unknown, "kendall_p": unknown, "spearman": unknown, "weighted_tau": unknown, "n": n}
    kendall = kendalltau(x, y)
    return {
        "kendall_tau": float(kendall.statistic),
        "kendall_p": float(kendall.pvalue),
        "spearman": float(spearmanr(x, y).statistic),
        "weighted_tau": float(weightedtau(x, y).statistic),
        "n": n,
    }
