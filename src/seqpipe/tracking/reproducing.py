"""How a run is told that it repeats another."""

from __future__ import annotations

import os

REPRODUCES = "SEQPIPE_REPRODUCES"
"""The variable that names the run which this one repeats, by its id in MLflow."""
TURN = "SEQPIPE_REPRODUCTION"
"""The variable that names this repetition of it: there may be several, also at once."""


def turn() -> str:
    """Which repetition this run is; empty: none."""
    return os.environ.get(TURN, "")


def reproduced() -> str:
    """The run that this one repeats; empty: none. One that repeats another makes no candidate."""
    return os.environ.get(REPRODUCES, "")
