"""Fitting among the training vectors: where they are fewer than their features, nothing else can be learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Directions with less than this share of the strongest one's energy are rounding errors of the rest.
FAINTEST = 1e-10


@dataclass(frozen=True, eq=False)
class InRowSpace:
    """Vectors (N, D) in an orthonormal basis of the space they span.

    What has an L2 penalty, or sees distances alone, has its solution in that space: fitting in its R <= N dimensions
    is the same problem, smaller (Hastie et al., The Elements of Statistical Learning, section 18.3.5).

    Attributes:
        vectors: (N, R) float64, the coordinates.
        basis: (R, D); None where D is no larger than N, and the vectors are as they were.
        size: D.
        variance: Of all numbers of the vectors in their D features.
    """

    vectors: np.ndarray
    basis: np.ndarray | None
    size: int
    variance: float

    @classmethod
    def of(cls, x: np.ndarray) -> InRowSpace:
        """Of vectors x (N, D): through the eigenvectors of x x^T, N x N, however large D is."""
        count, size = x.shape
        variance = float(x.var())
        if count >= size:
            return cls(x, None, size, variance)
        energy, u = np.linalg.eigh(x @ x.T)
        kept = energy > FAINTEST * energy[-1]
        u, length = u[:, kept], np.sqrt(energy[kept])
        return cls(u * length, (u / length).T @ x, size, variance)

    def widened(self, w: np.ndarray) -> np.ndarray:
        """Vectors (K, R) of the space back to all features, (K, D)."""
        return w if self.basis is None else w @ self.basis
