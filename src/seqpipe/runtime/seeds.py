"""Randomness by the number of the epoch, so that it does not depend on how often a training was interrupted."""

from __future__ import annotations

import hashlib


def epoch_seed(seed: int, epoch: int, purpose: str = "") -> int:
    """A seed of 64 bits for one purpose in one epoch; any two differ in all their bits."""
    digest = hashlib.sha256(f"{seed} {epoch} {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
