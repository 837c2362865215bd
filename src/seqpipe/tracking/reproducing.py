"""How a run is told that it repeats another."""

from __future__ import annotations

import os

REPRODUCES = "SEQPIPE_REPRODUCES"
"""The variable that names the run which this one repeats, by its id in MLflow."""


def reproduced() -> str:
    """The run that this one repeats; empty: none. One that repeats another makes no candidate."""
    return os.environ.get(REPRODUCES, "")
