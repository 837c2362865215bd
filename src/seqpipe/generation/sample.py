"""Sampling: each token drawn as the model holds it for likely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from seqpipe.generation.base import GenerationRules, Marks, Sentence, State, Step
from seqpipe.generation.one_by_one import one_by_one


def sample(
    step: Step,
    state: State,
    rows: int,
    marks: Marks,
    rules: GenerationRules,
    seed: int | Sequence[int | Sequence[int]],
) -> list[list[Sentence]]:
    """Of each row one sentence, drawn from p**(1 / temperature); its log p is of the model's own probabilities.

    Args:
        seed: Of all rows, where each draws by it and its own number; or that of each row, where it draws by that alone,
            so that the other rows and its place among them decide nothing.

    Raises:
        ValueError: There are not as many seeds as rows.
    """
    drawn = _drawn(seed, rows, rules.max_length + 1)

    def choose(sums: Tensor, row: Tensor, length: int) -> Tensor:
        return _token_at(drawn[row.cpu(), length], sums, rules.temperature)

    return one_by_one(step, state, rows, marks, rules, choose)


def _drawn(seed: int | Sequence[int | Sequence[int]], rows: int, steps: int) -> Tensor:
    """(rows, steps) numbers in [0, 1), each row's from a generator of its own."""
    seeds = [[seed, row] for row in range(rows)] if isinstance(seed, int) else list(seed)
    if len(seeds) != rows:
        raise ValueError(f"sampling {rows} rows takes a seed each, got {len(seeds)}")
    drawn = [np.random.default_rng(own).random(steps) for own in seeds]
    return torch.from_numpy(np.array(drawn).reshape(rows, steps))


def _token_at(u: Tensor, log_p: Tensor, temperature: float) -> Tensor:
    """The tokens (B,) in whose part of the distribution by log_p (B, V), up to a constant, the numbers u (B,) lie.

    Summed on the CPU: a GPU's running sums are not the same each time.
    """
    p = ((log_p - log_p.amax(dim=1, keepdim=True)).double() / temperature).exp()
    up_to = p.cpu().cumsum(dim=1)
    total = up_to[:, -1:]
    # u < 1, yet its product with the sum may be rounded to the sum itself, in which no token's part lies.
    place = torch.minimum(u[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(up_to, place, right=True)[:, 0].to(log_p.device)
