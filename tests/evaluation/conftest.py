"""Small tables of predictions whose every number can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation import predictions as metrics
from seqpipe.evaluation.frame_predictions import frame_metrics
from seqpipe.evaluation.results import Results


@pytest.fixture
def config() -> EvaluationConfig:
    return EvaluationConfig(bootstrap=500, confidence=0.95, calibration_bins=10, mistakes=3)


@pytest.fixture
def predict() -> Callable[..., pd.DataFrame]:
    """Makes a table of test predictions from the true and the predicted class indices."""

    def make(
        truth: Any, predicted: Any, names: list[str], groups: list[str] | None = None, sure: float = 0.8
    ) -> pd.DataFrame:
        truth, n, k = np.asarray(truth), len(truth), len(names)
        p = np.full((n, k), (1 - sure) / (k - 1))
        p[np.arange(n), predicted] = sure
        ids = [f"s{i}" for i in range(n)]
        return metrics.predictions_table(ids, ["test"] * n, groups or ids, truth, p, names)

    return make


@pytest.fixture
def random_predictions() -> Callable[..., pd.DataFrame]:
    """A model that is right more often than not, with probabilities all different."""

    def make(n: int = 200, k: int = 7, n_groups: int = 20, seed: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        truth = rng.integers(k, size=n)
        logits = rng.normal(size=(n, k))
        logits[np.arange(n), truth] += 1.5
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        ids, names = [f"s{i}" for i in range(n)], [f"class {j}" for j in range(k)]
        groups = [f"g{g}" for g in rng.integers(n_groups, size=n)]
        return metrics.predictions_table(ids, ["test"] * n, groups, truth, p, names)

    return make


@pytest.fixture
def fit() -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        return {
            "fit_seconds": 1.5,
            "device": "cpu",
            "parameters": {"C": 0.1, "kernel": "linear"},
            "reads_order": False,
            "val_accuracy": 0.75,
            "description": "linear SVM on time-averaged features",
            "trials": 1,
            **changes,
        }

    return make


@pytest.fixture
def judged(config, fit) -> Callable[..., Results]:
    """The results of a model with these predictions; ``changes`` are to its fit."""

    def make(predictions: pd.DataFrame, **changes: Any) -> Results:
        return Results(fit(**changes), metrics.test_metrics(predictions, config, 0), predictions, config.model_dump())

    return make


@pytest.fixture
def judged_frames(config, fit) -> Callable[..., Results]:
    """The results of a model with these answers to each frame; ``changes`` are to its fit."""

    def make(predictions: pd.DataFrame, **changes: Any) -> Results:
        task = {"median": 3, "background": changes.pop("background", ["rest"])}
        facts = fit(**{"task": task} | changes)
        numbers = frame_metrics(predictions, config, 0, task["background"])
        return Results(facts, numbers, predictions, config.model_dump())

    return make
