"""Parameters of tests: those that a test does not care about, and changes to them by name."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from seqpipe.config import with_inherited

BASE = Path(__file__).parents[1] / "conf" / "base" / "parameters"
TRAINING = {
    "learning_rate": 0.01,
    "warm_up": 0.1,
    "weight_decay": 0.01,
    "batch_size": 16,
    "accumulate": 1,
    "epochs": 15,
    "clip_norm": 1.0,
    "patience": None,
    "keep": "last",
}


def with_changes(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The values of a model with changes, each where its name is: in the block ``training``, or beside it."""
    training = values.get("training", {})
    of_training = {name: value for name, value in changes.items() if name in training}
    beside = {name: value for name, value in changes.items() if name not in training}
    return values | ({"training": training | of_training} if training else {}) | beside


def shipped_values(name: str) -> dict[str, Any]:
    """The shipped parameters of a group, whole."""
    values: dict[str, Any] = deepcopy(_shipped()[name])
    return values


@cache
def _shipped() -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for file in sorted(BASE.glob("*.yml")):
        raw |= yaml.safe_load(file.read_text(encoding="utf-8"))
    whole: dict[str, Any] = with_inherited(raw)
    return whole
