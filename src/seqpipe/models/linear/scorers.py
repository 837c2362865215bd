"""What a fitted estimator answers with, as arrays: scores of classes for prepared vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from seqpipe.models.arrays import compact, load_arrays, save_arrays
from seqpipe.runtime.compat import svc_of, svc_state

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.svm import SVC

FILE = "estimator.safetensors"


class Scorer(Protocol):
    """Scores for vectors (n, D) float64; the same to the bit once it is read from its file.

    Attributes:
        classes: (K,) int64, the class that each score is of.
    """

    @property
    def classes(self) -> np.ndarray: ...

    @property
    def parameters(self) -> int:
        """How many numbers training has chosen."""

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """(n, K); of two classes (n,), the second's."""

    def write(self, folder: Path) -> None:
        """Writes the arrays into ``folder``."""


@dataclass(frozen=True, eq=False)
class LinearScorer:
    """s = v coef^T + intercept, as scikit-learn's linear estimators compute it.

    Attributes:
        coef: (K, D); of two classes (1, D).
        intercept: (K,); of two classes (1,).
    """

    coef: np.ndarray
    intercept: np.ndarray
    classes: np.ndarray

    @classmethod
    def of(cls, coef: np.ndarray, intercept: np.ndarray, classes: np.ndarray) -> LinearScorer:
        """Of arrays that may be parts of larger ones."""
        return cls(compact(coef), compact(intercept), compact(classes))

    @property
    def parameters(self) -> int:
        return self.coef.size + self.intercept.size

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        scores: np.ndarray = vectors @ self.coef.T + self.intercept
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def write(self, folder: Path) -> None:
        save_arrays(vars(self), folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> LinearScorer:
        """What ``write`` wrote."""
        return cls(**load_arrays(folder / FILE))


class RbfScorer:
    """s of libsvm with K(u, v) = exp(-gamma |u - v|^2): its sums are its own, so scikit-learn's SVC is kept and asked.

    Of K > 2 classes the score of each is made of the votes of one against one.
    """

    def __init__(self, svc: SVC) -> None:
        self._svc = svc

    @property
    def classes(self) -> np.ndarray:
        classes: np.ndarray = self._svc.classes_
        return classes

    @property
    def parameters(self) -> int:
        return int(self._svc.support_vectors_.size + self._svc.dual_coef_.size + self._svc.intercept_.size)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self._svc.decision_function(vectors)
        return scores

    def write(self, folder: Path) -> None:
        save_arrays(svc_state(self._svc), folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> RbfScorer:
        """What ``write`` wrote."""
        return cls(svc_of(load_arrays(folder / FILE)))
