"""What a decoder is shown of D': vectors of places or steps, centred and projected, or tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seqpipe.config import DecoderConfig
from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.memmap import MemmapArray, slices_of
from seqpipe.models.linear.rows import as_one
from seqpipe.models.preprocessing import PCA_BYTES, Preprocessor, fit_preprocessor


@dataclass(frozen=True)
class Shown:
    """How D' is shown to a decoder.

    Attributes:
        places: How many places a step has, each with numbers of its own.
        looks: Whether the decoder looks at places by themselves; else it is shown their mean.
        tokens: How many different tokens a source is made of; 0: it is of vectors.
        preprocessor, scale: What becomes of a vector: the strongest number has the deviation one; None: of tokens.
    """

    places: int
    looks: bool
    tokens: int = 0
    preprocessor: Preprocessor | None = None
    scale: float = 1.0

    def fitted(self, train: FeatureDataset, config: DecoderConfig, seed: int) -> Shown:
        """The same, which has learned of the training samples how vectors are prepared.

        Raises:
            UserError: They are all the same, or not finite; or what is shown of them would not fit into memory.
        """
        if train.tokens:
            return replace(self, tokens=len(train.tokens))
        vectors = self._some(train)
        preprocessor = fit_preprocessor(config, vectors, seed)
        deviation = preprocessor.transform(vectors.astype(np.float64)).std(axis=0).max()
        made = replace(self, preprocessor=preprocessor, scale=1.0 / float(deviation) if deviation > 0 else 1.0)
        made._check_room(train)
        return made

    @property
    def size(self) -> int:
        """Numbers of what is shown of a step."""
        return 1 if self.preprocessor is None else self.preprocessor.size

    def __call__(self, data: FeatureDataset) -> tuple[Tensor, Tensor]:
        """(N, S, size) float32 and (N, S) bool, the steps or places that are there, as they are first."""
        parts = [self._of(x, mask) for x, mask in self._parts(data)]
        return torch.cat([x for x, _ in parts]), torch.cat([mask for _, mask in parts])

    def write(self, folder: Path) -> dict[str, float | int | bool]:
        if self.preprocessor is not None:
            self.preprocessor.write(folder)
        return {"places": self.places, "looks": self.looks, "tokens": self.tokens, "scale": self.scale}

    @classmethod
    def read(cls, folder: Path, kept: dict[str, float | int | bool]) -> Shown:
        preprocessor = None if kept["tokens"] else Preprocessor.read(folder)
        return cls(int(kept["places"]), bool(kept["looks"]), int(kept["tokens"]), preprocessor, float(kept["scale"]))

    def _check_room(self, train: FeatureDataset) -> None:
        """A D' that was left on disk is shown as a whole, or not at all."""
        if not isinstance(train.x, MemmapArray):
            return
        steps = train.x.shape[1] * (self.places if self.looks else 1)
        needed, allowed = 4 * len(train) * steps * self.size, train.x.in_memory_bytes
        if needed > allowed:
            raise UserError(
                f"A decoder is shown all {len(train)} training samples at once, {steps} vectors of {self.size} numbers "
                f"each: {1e-6 * needed:.0f} MB, where dataset.in_memory_mb allows {1e-6 * allowed:.0f}. Give a smaller "
                "pca of the decoder, pool=avg, or raise dataset.in_memory_mb."
            )

    def _of(self, x: np.ndarray, mask: np.ndarray) -> tuple[Tensor, Tensor]:
        if self.preprocessor is None:
            return torch.from_numpy(x), torch.from_numpy(mask)
        prepare = as_one(self.preprocessor)
        vectors = prepare(torch.from_numpy(x.reshape(-1, x.shape[-1]))) * self.scale
        real = torch.from_numpy(mask)
        return vectors.view(*mask.shape, self.size).masked_fill(~real[..., None], 0.0), real

    def _parts(self, data: FeatureDataset) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """x (n, S, D) and mask (n, S), a few samples at a time: by place where the decoder looks, else their mean."""
        for rows in slices_of(data.x):
            x, mask = np.asarray(data.x[rows], np.float32), data.mask[rows]
            n, steps, size = x.shape
            by_place = x.reshape(n, steps, self.places, size // self.places)
            if self.looks:
                yield by_place.reshape(n, steps * self.places, by_place.shape[-1]), np.repeat(mask, self.places, axis=1)
            else:
                yield by_place.mean(axis=2) if self.places > 1 else x, mask

    def _some(self, train: FeatureDataset) -> np.ndarray:
        """(n, D) of the real steps or places, of samples evenly over all where they would be too many."""
        numbers = train.x.shape[1] * train.x.shape[2]
        count = min(max(1, PCA_BYTES // (8 * numbers)), len(train))
        some = train.take(np.linspace(0, len(train) - 1, count).astype(int))
        return np.concatenate([x[mask] for x, mask in self._parts(some)])
