"""A small D' that a test can read: classes apart in their mean, or apart in their order alone."""

import numpy as np
import pytest

from seqpipe.config import RuntimeConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.targets.classes import ClassTargets


@pytest.fixture
def runtime() -> RuntimeConfig:
    return RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)


def make_dataset(x: np.ndarray, t: np.ndarray, lengths: np.ndarray, class_names: tuple[str, ...]) -> FeatureDataset:
    n, frames, _ = x.shape
    mask = np.arange(frames)[None] < lengths[:, None]
    splits = np.array(["train", "train", "val", "test"] * (n // 4 + 1))[:n]
    return FeatureDataset(
        x=(x * mask[..., None]).astype(np.float32),
        mask=mask,
        times_s=np.tile(np.arange(frames, dtype=np.float32), (n, 1)),
        targets=ClassTargets(t.astype(np.int64), class_names),
        ids=np.array([f"s{i:03d}" for i in range(n)]),
        groups=np.array([f"g{i:03d}" for i in range(n)]),
        splits=splits,
        fingerprint="test",
    )


@pytest.fixture
def means() -> FeatureDataset:
    """Three classes, each with a mean of its own; clips of 3 to 5 frames."""
    rng = np.random.default_rng(0)
    t = np.arange(96) // 4 % 3
    centres = rng.normal(size=(3, 8)) * 2
    x = centres[t][:, None] + rng.normal(size=(96, 5, 8))
    return make_dataset(x, t, rng.integers(3, 6, size=96), ("a", "b", "c"))


@pytest.fixture
def wide() -> FeatureDataset:
    """As many clips and features as it takes for the layout of a matrix and the number of threads to matter."""
    rng = np.random.default_rng(2)
    t = np.arange(200) // 4 % 3
    x = rng.normal(size=(3, 300))[t][:, None] + rng.normal(size=(200, 5, 300))
    return make_dataset(x, t, rng.integers(3, 6, size=200), ("a", "b", "c"))


@pytest.fixture
def order() -> FeatureDataset:
    """Two classes with the same frames, in order and backwards."""
    rng = np.random.default_rng(1)
    t = np.arange(160) // 4 % 2
    ramp = np.linspace(-2, 2, 6)[None, :, None] * np.ones((160, 6, 4))
    ramp[t == 1] = ramp[t == 1][:, ::-1]
    x = ramp + 0.3 * rng.normal(size=ramp.shape)
    return make_dataset(x, t, np.full(160, 6), ("down", "up"))
