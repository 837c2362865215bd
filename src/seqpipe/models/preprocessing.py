"""Centring, scaling and PCA of vectors: fitted by scikit-learn, kept and applied as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from seqpipe.core.errors import UserError
from seqpipe.models.arrays import compact, load_arrays, save_arrays
from seqpipe.models.checks import learnable
from seqpipe.runtime.heap import tuned_malloc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seqpipe.config import ClassifierConfig
    from seqpipe.models.linear.rows import Vectors

FILE = "preprocessor.safetensors"
SMALL_COVARIANCE, WIDEST_COVARIANCE = 1024, 4096
# A PCA of vectors that are not held in memory is fitted on as many of them as this holds in float64.
PCA_BYTES = 2**29


@dataclass(frozen=True, eq=False)
class Preprocessor:
    """x = ((v - mean) / scale - center) components^T, in float64; without a PCA (v - mean) / scale.

    The operations are scikit-learn's in their order, so that the numbers are the same to the bit.

    Attributes:
        mean, scale: (D,).
        center: (D,), of the scaled vectors that the PCA was fitted on; None: no PCA.
        components: (C, D); None: no PCA.
    """

    mean: np.ndarray
    scale: np.ndarray
    center: np.ndarray | None = None
    components: np.ndarray | None = None

    @property
    def size(self) -> int:
        """How many numbers a vector has afterwards."""
        return len(self.mean) if self.components is None else len(self.components)

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (n, D) float64 to (n, D) or (n, C).

        Raises:
            UserError: A number is not finite.
        """
        if not np.isfinite(vectors).all():
            raise UserError(
                "Some features of the samples to classify are not finite: extract them again with "
                "features.dtype=float32 and features.precision=float32."
            )
        made: np.ndarray = vectors - self.mean
        made /= self.scale
        if self.components is None or self.center is None:
            return made
        projected: np.ndarray = made @ self.components.T
        projected -= self.center[None] @ self.components.T
        return projected

    def write(self, folder: Path) -> None:
        """Writes the arrays into ``folder``."""
        save_arrays({name: array for name, array in vars(self).items() if array is not None}, folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> Preprocessor:
        """What ``write`` wrote."""
        return cls(**load_arrays(folder / FILE))


def fit_preprocessor(config: ClassifierConfig, vectors: np.ndarray | Vectors, seed: int) -> Preprocessor:
    """Centring, scaling and PCA as the configuration asks, fitted on vectors (n, D).

    Of vectors that are made as they are read, the PCA sees as many as fit into ``PCA_BYTES``, spread evenly.
    """
    if isinstance(vectors, np.ndarray):
        vectors = vectors.astype(np.float64, copy=False)
        scaler = fit_scaler(config, [vectors])
    else:
        with tuned_malloc():
            scaler = fit_scaler(config, filter(len, vectors.chunks()))
    if config.pca is None:
        return Preprocessor(scaler.mean_, scaler.scale_)
    seen = vectors if isinstance(vectors, np.ndarray) else vectors.spread(PCA_BYTES).astype(np.float64)
    pca = fit_pca(config.pca, scaler.transform(seen), seed)
    return Preprocessor(scaler.mean_, scaler.scale_, pca.mean_, compact(pca.components_))


def fit_scaler(config: ClassifierConfig, chunks: Iterable[np.ndarray]) -> StandardScaler:
    """Centring and scaling as the configuration asks, fitted on vectors (n, D) that come in chunks of rows.

    Raises:
        UserError: The vectors are all the same, or not finite.
    """
    scaler = StandardScaler()
    for chunk in learnable(chunks):
        scaler.partial_fit(chunk.astype(np.float64, copy=False))
    if not config.standardize:
        # One scale for all: strong features stay strong, and C means the same for any backbone.
        scaler.scale_ = np.full_like(scaler.scale_, np.sqrt(scaler.var_.mean()) or 1.0)
    return scaler


def fit_pca(components: int | float, vectors: np.ndarray, seed: int) -> PCA:
    """A PCA of centred vectors (n, D) that keeps so many components at most, or that share of the variance."""
    at_most = min(components, *vectors.shape) if isinstance(components, int) else components
    rows, width = vectors.shape
    # The eigenvectors of the D x D covariance are exact, and quick while D is small or rows are many.
    quick = width <= SMALL_COVARIANCE or width <= min(rows, WIDEST_COVARIANCE)
    solver = "covariance_eigh" if quick else "auto"
    return PCA(n_components=at_most, svd_solver=solver, random_state=seed).fit(vectors)
