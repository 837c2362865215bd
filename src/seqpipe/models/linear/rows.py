"""Vectors that are made of D' where they are asked for: D' may be a file larger than the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from seqpipe.core.errors import UserError
from seqpipe.data.memmap import Features, MemmapArray, slices_of
from seqpipe.models.base import pool_time

if TYPE_CHECKING:
    from seqpipe.models.preprocessing import Preprocessor


@dataclass(frozen=True)
class Prepare:
    """Centring, scaling and PCA in one: x = project (v - mean).

    ``mean`` is (D,); ``project`` is (D,), a factor for each feature, or with a PCA a matrix (components, D).
    """

    mean: Tensor
    project: Tensor

    def __call__(self, vectors: Tensor) -> Tensor:
        """Vectors (B, D) to (B, D) or (B, components)."""
        centred = vectors - self.mean
        return centred * self.project if self.project.ndim == 1 else centred @ self.project.T

    @property
    def size(self) -> int:
        return len(self.project)


def as_one(preprocessor: Preprocessor) -> Prepare:
    """The same map as its operations one after the other, in float32.

    Row by row in memory, as it is saved: a product's last bits depend on the layout, and a model read from disk is to
    answer as the fitted one.
    """
    mean, project = preprocessor.mean, 1 / preprocessor.scale
    if preprocessor.components is not None:
        mean = mean + preprocessor.center * preprocessor.scale
        project = preprocessor.components * project
    return Prepare(torch.from_numpy(mean).float(), torch.from_numpy(project).float().contiguous())


POOLED_SIZES: dict[str, Callable[[int, int], int]] = {
    "concat": lambda t, d: t * d,
    "mean_std": lambda _, d: 2 * d,
    "pyramid": lambda _, d: 8 * d,
}
"""Numbers of a vector that is made of T frames with D features; otherwise D."""


@dataclass(frozen=True)
class Vectors:
    """The vectors of the clips of x (N, T, D) with mask (N, T), float32, made anew whenever they are read.

    Attributes:
        pooling: As ``pool_time`` takes it.
        prepare: What is done to each; None: nothing.
    """

    x: Features
    mask: np.ndarray
    pooling: str
    prepare: Prepare | None = None

    def __len__(self) -> int:
        """Clips, not vectors: those are ``shape[0]``."""
        return len(self.x)

    @property
    def shape(self) -> tuple[int, int]:
        """Vectors, and the size of each."""
        _, frames, size = self.x.shape
        size = self.prepare.size if self.prepare else POOLED_SIZES.get(self.pooling, lambda _, d: d)(frames, size)
        return int(self.mask.sum()) if self.pooling == "frames" else len(self.x), size

    def __getitem__(self, clips: slice | np.ndarray) -> np.ndarray:
        """The vectors of some clips."""
        x, mask = self.x[clips], self.mask[clips]
        only_frame = x.shape[1] == 1 and self.pooling in (
            "mean",
            "concat",
        )  # there is nothing to add up, and D' is large
        pooled = x[:, 0] if only_frame else pool_time(x, mask, self.pooling)
        vectors = torch.from_numpy(pooled.astype(np.float32, copy=False))
        made: np.ndarray = (self.prepare(vectors) if self.prepare else vectors).numpy()
        return made

    def chunks(self) -> Iterator[np.ndarray]:
        """All of them in order, a few at a time; clips that have none give an empty chunk."""
        return (self[clips] for clips in self.slices())

    def slices(self) -> list[slice]:
        """The clips of each chunk."""
        return slices_of(self.x)

    def rows(self, clips: slice) -> slice:
        """Which of all vectors those of some clips are."""
        if self.pooling != "frames":
            return clips
        before = int(self.mask[: clips.start].sum())
        return slice(before, before + int(self.mask[clips].sum()))

    def spread(self, nbytes: int) -> np.ndarray:
        """As many of them as fit into so many bytes in float64, of clips evenly over all."""
        numbers = self.shape[1] * (self.x.shape[1] if self.pooling == "frames" else 1)
        count = min(max(1, nbytes // (8 * numbers)), len(self))
        return self[np.linspace(0, len(self) - 1, count).astype(int)]

    @property
    def fit_in_memory(self) -> bool:
        """Whether they are no more than what may be made of a D' on disk at once."""
        return not isinstance(self.x, MemmapArray) or 4 * self.shape[0] * self.shape[1] <= self.x.in_memory_bytes

    def whole(self, dtype: type[np.floating[Any]] = np.float64) -> np.ndarray:
        """All of them in one array."""
        vectors, filled = np.empty(self.shape, dtype), 0
        for chunk in self.chunks():
            vectors[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        return vectors

    def refusal(self, who: str, instead: str) -> UserError:
        """What to say where somebody needs them all at once and they are too many."""
        count, size = self.shape
        allowed = self.x.in_memory_bytes if isinstance(self.x, MemmapArray) else 0
        return UserError(
            f"{who} needs all {count} training vectors of {size} features at once: {4e-6 * count * size:.0f} MB, and "
            f"up to eight times that while it trains, where dataset.in_memory_mb allows {1e-6 * allowed:.0f}. "
            f"{instead}, or raise dataset.in_memory_mb."
        )


def vectors_of(x: Features, mask: np.ndarray, pooling: str) -> np.ndarray | Vectors:
    """The vectors of x (N, T, D): all of them, float64, or as ``Vectors`` where that would be too much at once."""
    if isinstance(x, np.ndarray):
        return pool_time(x, mask, pooling).astype(np.float64)
    vectors = Vectors(x, mask, pooling)
    return vectors.whole() if vectors.fit_in_memory else vectors


def prepared(preprocessor: Preprocessor, vectors: np.ndarray | Vectors) -> np.ndarray | Vectors:
    """What the preprocessor makes of them; they may fit into memory then."""
    if isinstance(vectors, np.ndarray):
        return preprocessor.transform(vectors)
    ready = replace(vectors, prepare=as_one(preprocessor))
    return ready.whole() if ready.fit_in_memory else ready
