"""Vectors of sequences by random convolutions: how often each fires, and how far it does at most."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqpipe.data.memmap import Features, slices_of
from seqpipe.models.arrays import load_arrays, save_arrays
from seqpipe.models.checks import learnable

FILE = "random_kernels.safetensors"
LENGTH = 9
"""Weights of a kernel in time, as in MiniRocket: 7, 9 and 11 of ROCKET's hardly differ."""


@dataclass(frozen=True, eq=False)
class RandomKernels:
    """Two numbers of each kernel: the share of steps at which its convolution is above 0, and its greatest value.

    Dempster, Petitjean and Webb, ROCKET (2020): kernels with normal weights, each with the mean 0 in every channel, and
    uniform biases, at dilations that rise by two until a kernel spans the sequence. A kernel reads a random few of
    the channels. These are scaled by train and not each sequence by itself: its level may be what tells.

    Attributes:
        mean, scale: (D,) of the channels over all steps of train.
        weights: (dilations, LENGTH * D, kernels of each) float32; the i-th dilation is 2^i.
        biases: (dilations, kernels of each) float32.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    biases: np.ndarray

    @classmethod
    def fit(cls, x: Features, mask: np.ndarray, kernels: int, seed: int) -> RandomKernels:
        """Kernels for x (N, T, D) with mask (N, T), of which the channels' scales and the usual length are taken.

        Raises:
            UserError: All steps are the same, or some are not finite.
        """
        random, channels = np.random.default_rng(seed), x.shape[2]
        mean, scale = _moments(x, mask)
        spans = max(1, (int(np.median(mask.sum(axis=1))) - 1) // (LENGTH - 1))
        dilations = int(np.log2(spans)) + 1
        each = max(1, kernels // dilations)
        weights = np.stack([_weights(random, channels, each) for _ in range(dilations)])
        return cls(mean, scale, weights, random.uniform(-1, 1, (dilations, each)).astype(np.float32))

    def __call__(self, x: Features, mask: np.ndarray) -> np.ndarray:
        """(N, 2 K) float64 of clips x (N, T, D) with mask (N, T)."""
        made = np.zeros((len(x), 2 * self.biases.size))
        for clips in slices_of(x):
            for place, clip, there in zip(range(len(x))[clips], x[clips], mask[clips], strict=True):
                made[place] = self._vector(clip[there])
        return made

    def _vector(self, steps: np.ndarray) -> np.ndarray:
        """Of the steps (T, D) of one sequence, which is 0 before its beginning and behind its end."""
        scaled = ((steps - self.mean) / self.scale).astype(np.float32)
        numbers = []
        for place, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            dilation = 2**place
            padded = np.pad(scaled, ((LENGTH // 2 * dilation,) * 2, (0, 0)))
            shifted = [padded[lag * dilation : lag * dilation + len(scaled)] for lag in range(LENGTH)]
            answers = np.concatenate(shifted, axis=1) @ weights + biases
            numbers += [(answers > 0).mean(axis=0), answers.max(axis=0)]
        return np.concatenate(numbers)

    def write(self, folder: Path) -> None:
        """Writes the arrays into ``folder``."""
        save_arrays(vars(self), folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> RandomKernels:
        """What ``write`` wrote."""
        return cls(**load_arrays(folder / FILE))


def _moments(x: Features, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (D,) over all steps that are there; 1 in the place of a deviation of 0."""
    count, total, squares = int(mask.sum()), np.zeros(x.shape[2]), np.zeros(x.shape[2])
    for steps in learnable(np.asarray(x[clips])[mask[clips]].astype(np.float64) for clips in slices_of(x)):
        total += steps.sum(axis=0)
        squares += (steps**2).sum(axis=0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
    return mean, np.where(deviation > 1e-9 * np.maximum(1.0, np.abs(mean)), deviation, 1.0)


def _weights(random: np.random.Generator, channels: int, kernels: int) -> np.ndarray:
    """(LENGTH * D, kernels) float32: normal, of the mean 0 in time, in so many channels as 2^u for a uniform u."""
    weights = np.zeros((LENGTH, channels, kernels), np.float32)
    for kernel in range(kernels):
        read = int(2 ** random.uniform(0, np.log2(min(channels, LENGTH) + 1)))
        drawn = random.normal(size=(LENGTH, read))
        weights[:, random.choice(channels, read, replace=False), kernel] = drawn - drawn.mean(axis=0)
    return weights.reshape(LENGTH * channels, kernels)
