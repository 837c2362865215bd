"""Recurrent models on a D' that a test can read, fitted in a second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.configs import TRAINING, with_changes
from tests.memory.exams_of import exams_of
from tests.models.conftest import make_dataset

from seqpipe.config import EvaluationConfig, MemoryConfig, RecurrentConfig, RuntimeConfig
from seqpipe.memory.opened import Opened
from seqpipe.models.registry import MODELS

RECURRENT = {
    "standardize": False,
    "pca": None,
    "gaussian_noise": 0.1,
    "time_warp": 0.0,
    "hidden": 8,
    "layers": 1,
    "bidirectional": True,
    "readout": "last",
    "dropout": 0.0,
    "truncate": None,
    "truncate_by": "chunk",
    "implementation": "fused",
    "training": TRAINING | {"epochs": 3},
    "ensemble_size": 1,
    "max_steps": 10**6,
    "embedding": 6,
    "token_dropout": 0.0,
    "window": 10**6,
    "refit": False,
    "grid": {},
}
CELLS = pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])


def config(**changes):
    return RecurrentConfig(**with_changes(RECURRENT, **changes))


def ramps(lengths, size=4, step_s=0.5):
    """Two classes with the same frames, in order and backwards; a clip every length."""
    n, steps = len(lengths), max(lengths)
    rng = np.random.default_rng(1)
    t = np.arange(n) // 4 % 2
    x = np.zeros((n, steps, size))
    for row, length in enumerate(lengths):
        ramp = np.linspace(-2, 2, length) if t[row] else np.linspace(2, -2, length)
        x[row, :length] = ramp[:, None] + 0.1 * rng.normal(size=(length, size))
    data = make_dataset(x, t, np.array(lengths), ("down", "up"))
    times = (np.arange(steps, dtype=np.float32) * step_s) * data.mask
    return replace(data, times_s=times.astype(np.float32))


def fitted(cell, data, runtime, **changes):
    """A model as a run leaves it: with what is told of its fit."""
    model = MODELS[cell].build(config(**changes), runtime)
    model.fit(data.part("train"), data.part("val"))
    return model, {"dataset": data.digest, "seed": runtime.seed}


def opened(cell, data, runtime, **changes):
    model, fit = fitted(cell, data, runtime, **changes)
    return Opened(cell, model, fit["seed"])


@pytest.fixture
def runtime() -> RuntimeConfig:
    return RuntimeConfig(seed=3, device="cpu", threads=1, deterministic=True)


@pytest.fixture
def evaluation() -> EvaluationConfig:
    return EvaluationConfig(bootstrap=100, confidence=0.95, calibration_bins=5, mistakes=0)


@pytest.fixture
def memory() -> MemoryConfig:
    return MemoryConfig(samples=6, probes=3, lags=64, padding=[0, 2], truncate=[2, None], exams=exams_of())


@pytest.fixture(scope="module")
def data():
    return ramps([7] * 80)


@pytest.fixture(scope="module")
def uneven():
    """Clips of 3 to 7 steps."""
    return ramps([3 + n % 5 for n in range(80)])
