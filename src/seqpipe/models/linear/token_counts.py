"""Sparse vectors of tokens: weighted counts of n-grams, or the neighbourhood of each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from seqpipe.core.errors import UserError
from seqpipe.models.arrays import load_arrays, save_arrays

FILE = "token_counts.safetensors"
LENGTH = 32.0
"""Of a vector: about that of the standardised features of a CNN, so that C means the same for both."""
LARGEST_CODE = 2**62


@dataclass(frozen=True, eq=False)
class TokenCounts:
    """The vector of a sample of tokens: tf-idf of its n-grams, of one length; or of each step: which tokens are near.

    tf-idf is (1 + log c) (log((1 + N) / (1 + n)) + 1), for an n-gram that is c times in the sample and in n of the N
    samples of train (Sparck Jones 1972, smoothed as in scikit-learn). Of a step, each token that lies less than
    ``runs`` steps away counts 1, told apart by how far and on which side it lies; those behind it where it sees ahead.

    Attributes:
        vocabulary: V, how many different tokens there are.
        runs: The longest run that is counted.
        by_step: Whether the vectors are of steps.
        ahead: Whether a step sees the tokens behind it as well.
        codes: (F,) int64, rising: the n-grams, or neighbours, that were seen in train, each as one number.
        weights: (F,) idf of each; ones for steps.
    """

    vocabulary: int
    runs: int
    by_step: bool
    ahead: bool
    codes: np.ndarray
    weights: np.ndarray

    @classmethod
    def fit(
        cls, x: np.ndarray, mask: np.ndarray, vocabulary: int, runs: int, by_step: bool, ahead: bool = True
    ) -> TokenCounts:
        """What is counted, from train: x (N, L, 1) tokens with mask (N, L).

        Raises:
            UserError: There are too many different tokens for runs of that length.
        """
        if (vocabulary + 1) ** runs * runs >= LARGEST_CODE:
            raise UserError(f"Runs of {runs} among {vocabulary} tokens are too many to count: give a lower ngrams.")
        empty = cls(vocabulary, runs, by_step, ahead, np.zeros(0, np.int64), np.zeros(0))
        rows, codes = empty._coded(x, mask)
        pairs = np.unique(np.stack([codes, rows], axis=1), axis=0)
        found, samples = np.unique(pairs[:, 0], return_counts=True)
        idf = np.ones(len(found)) if by_step else np.log((1 + len(x)) / (1 + samples)) + 1
        return cls(vocabulary, runs, by_step, ahead, found, idf)

    @property
    def size(self) -> int:
        """F."""
        return len(self.codes)

    def __call__(self, x: np.ndarray, mask: np.ndarray) -> csr_array:
        """(N, F) of the samples, or (n, F) of the steps that are there; what train did not have is left out."""
        rows, codes = self._coded(x, mask)
        place = np.searchsorted(self.codes, codes)
        known = place < self.size
        known[known] = self.codes[place[known]] == codes[known]
        count = int(mask.sum()) if self.by_step else len(x)
        # scikit-learn's LIBLINEAR reads 32-bit places alone.
        places = (rows[known].astype(np.int32), place[known].astype(np.int32))
        counts = csr_array((np.ones(known.sum()), places), shape=(count, self.size))
        counts.sum_duplicates()
        return counts if self.by_step else self._weighted(counts)

    def _weighted(self, counts: csr_array) -> csr_array:
        counts.data = (1 + np.log(counts.data)) * self.weights[counts.indices]
        lengths = np.sqrt(np.asarray((counts**2).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1.0  # where nothing is counted there is nothing to weigh
        counts.data *= np.repeat(LENGTH / lengths, np.diff(counts.indptr))
        return counts

    def _coded(self, x: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of all that is counted, whose it is and its code."""
        tokens = np.where(mask, x[..., 0].astype(np.int64) + 1, 0)  # 0: there is no step
        parts = list(self._neighbours(tokens, mask) if self.by_step else self._runs(tokens))
        rows, codes = (np.concatenate([part[n] for part in parts]) for n in range(2))
        return rows, codes

    def _runs(self, tokens: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The n-grams of each length: a code in base V + 1 with the length in front."""
        base, codes = self.vocabulary + 1, np.zeros_like(tokens)
        for length in range(1, min(self.runs, tokens.shape[1]) + 1):
            width = tokens.shape[1] - length + 1
            codes = codes[:, :width] * base + tokens[:, length - 1 :]
            rows, starts = np.nonzero(tokens[:, length - 1 :])  # runs that end where there is a step
            yield rows, codes[rows, starts] * self.runs + length - 1

    def _neighbours(self, tokens: np.ndarray, mask: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The tokens around each step, and the edges of its sample: the distance and the token in one number."""
        reach, steps = self.runs - 1, np.arange(int(mask.sum()))
        padded = np.pad(tokens, ((0, 0), (reach, reach)))
        for offset in range(2 * reach + 1 if self.ahead else reach + 1):
            near = padded[:, offset : offset + tokens.shape[1]][mask]
            yield steps, near * (2 * reach + 1) + offset

    def write(self, folder: Path) -> None:
        """Writes it into ``folder``."""
        shape = np.array([self.vocabulary, self.runs, self.by_step, self.ahead], np.int64)
        save_arrays({"shape": shape, "codes": self.codes, "weights": self.weights}, folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> TokenCounts:
        """What ``write`` wrote."""
        arrays = load_arrays(folder / FILE)
        vocabulary, runs, by_step, ahead = arrays["shape"].tolist()
        return cls(vocabulary, runs, bool(by_step), bool(ahead), arrays["codes"], arrays["weights"])
