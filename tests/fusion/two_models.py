"""Answers of made-up models to made-up samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seqpipe.evaluation.predictions import predictions_table
from seqpipe.fusion.answers import Answers

NAMES = ("left", "right", "up")
SPLITS = ["val"] * 9 + ["test"] * 12


def answers(name: str, seed: int = 0, sure: float = 0.0, **fit: Any) -> Answers:
    """Random probabilities, of which the truth has a share of ``sure``; of 9 samples of val and 12 of the test."""
    rng, t = np.random.default_rng(seed), np.arange(len(SPLITS)) % len(NAMES)
    proba = (1 - sure) * rng.dirichlet(np.ones(len(NAMES)), len(t)) + sure * np.eye(len(NAMES))[t]
    ids = [f"{split}{n:02d}" for n, split in enumerate(SPLITS)]
    groups = [f"g{n // 2}" for n in range(len(t))]
    table = predictions_table(ids, SPLITS, groups, t, proba, NAMES)
    told = {"fit_seconds": 2.0, "device": "cpu", "reads_order": False, "parameters": {"C": 1.0}, "chosen": {}}
    told |= {"val_accuracy": 0.5, "task": {"name": "classification"}}
    table = table.sort_values(["split", "id"], ignore_index=True)
    return Answers(name, table, told | fit, {"samples": {"digest": "d"}})


def changed(of: Answers, table: pd.DataFrame) -> Answers:
    """The same model with another table."""
    return Answers(of.name, table, of.fit, of.lineage)
