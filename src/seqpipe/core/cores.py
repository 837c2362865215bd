"""How many cores there are to compute on."""

from __future__ import annotations

import os


def available_cores() -> int:
    """The cores that this process may run on: containers and schedulers often grant fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
