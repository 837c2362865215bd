"""Choosing whole groups so that they hold about a given share of every class."""

from __future__ import annotations

import numpy as np

EXHAUSTIVE_GROUPS = 12
"""Up to this many groups every subset is weighed: 4096 of them."""
IMPROVED_GROUPS = 2000
"""Up to this many groups the greedy choice is improved by exchanges."""


def choose_groups(counts: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Which groups to take: bool (G,), for ``counts`` (G, K), the samples of each class in each group.

    Every class is left at least one sample. As near as that allows, the groups taken hold ``share`` of
    each class and of the whole, and something of each class that has more than one group.
    """
    order = random.permutation(len(counts))  # ties go by chance, not by name
    shuffled = counts[order]
    if len(counts) <= EXHAUSTIVE_GROUPS:
        taken = _best_subset(shuffled, share)
    else:
        taken = _greedy(shuffled, share)
        if len(counts) <= IMPROVED_GROUPS:
            taken = _improved(taken, shuffled, share)
    chosen = np.zeros(len(counts), dtype=bool)
    chosen[order] = taken
    return chosen


def _cost(taken: np.ndarray, counts: np.ndarray, share: float) -> np.ndarray:
    """How far what is taken, (S, K) samples a class, is from wanted: (S,); infinite where a class is used up.

    Mean squared distance of the classes' shares, plus that of the whole, plus the fraction of classes
    missing that could be there.
    """
    total = counts.sum(axis=0)
    spread = (counts > 0).sum(axis=0) > 1
    by_class = ((taken / total - share) ** 2).mean(axis=1)
    overall = (taken.sum(axis=1) / total.sum() - share) ** 2
    missing = ((taken == 0) & spread).mean(axis=1)
    return np.where((taken >= total).any(axis=1), np.inf, by_class + overall + missing)


def _best_subset(counts: np.ndarray, share: float) -> np.ndarray:
    groups = np.arange(len(counts))
    subsets = (np.arange(2 ** len(counts))[:, None] >> groups) & 1
    return subsets[_cost(subsets @ counts, counts, share).argmin()].astype(bool)


def _greedy(counts: np.ndarray, share: float) -> np.ndarray:
    """Takes a group, the largest first, whenever that brings what is taken nearer to what is wanted."""
    taken = np.zeros(len(counts), dtype=bool)
    held = np.zeros((1, counts.shape[1]), dtype=counts.dtype)
    cost = _cost(held, counts, share)[0]
    for group in np.argsort(-counts.sum(axis=1), kind="stable"):
        new_cost = _cost(held + counts[group], counts, share)[0]
        if new_cost < cost:
            taken[group], held, cost = True, held + counts[group], new_cost
    return taken


def _improved(taken: np.ndarray, counts: np.ndarray, share: float) -> np.ndarray:
    """Adds or returns one group at a time, the one that helps most, until none does."""
    taken = taken.copy()
    cost = _cost((counts[taken].sum(axis=0))[None], counts, share)[0]
    while True:
        held = counts[taken].sum(axis=0)
        costs = _cost(held + np.where(taken[:, None], -counts, counts), counts, share)
        best = costs.argmin()
        if not costs[best] < cost - 1e-12:
            return taken
        taken[best], cost = not taken[best], costs[best]
