"""Parameters of tests: those that a test does not care about, and changes to them by name."""

from __future__ import annotations

from typing import Any

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
