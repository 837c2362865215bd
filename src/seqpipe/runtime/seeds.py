"""Randomness by the number of the epoch, so that it does not depend on how often a training was interrupted."""

from __future__ import annotations

import hashlib

import torch


def epoch_seed(seed: int, epoch: int, purpose: str = "") -> int:
    """A seed of 64 bits for one purpose in one epoch; any two differ in all their bits."""
    digest = hashlib.sha256(f"{seed} {epoch} {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def epoch_generator(seed: int, epoch: int, purpose: str) -> torch.Generator:
    """A generator on the CPU whose numbers follow from ``seed``, ``epoch`` and ``purpose`` alone.

    For batches that are drawn in the background, where the order of draws from torch's own generator, which the
    net's dropout uses too, would be a race. One purpose for each stream: "order", "augmentation", a sample's id.
    """
    return torch.Generator().manual_seed(epoch_seed(seed, epoch, purpose))
