"""The highest of many numbers, of equals the first."""

from __future__ import annotations

import torch
from torch import Tensor


def highest(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k highest of each row of (R, N), or all where there are fewer: values and places, the highest first.

    Of equal ones those with the lower place, which `torch.topk` leaves open; the order of -inf is open here too.
    """
    k = min(k, scores.shape[1])
    values, places = scores.topk(min(k + 1, scores.shape[1]))
    equal = (values[:, 1:] == values[:, :-1]) & (values[:, 1:] > -torch.inf)
    if not equal.any():  # to look at all of N again takes as long as topk itself
        return values[:, :k], places[:, :k]
    places = _first_of_equals(scores, values[:, k - 1 : k], k)
    values, order = scores.gather(1, places).sort(dim=1, descending=True, stable=True)
    return values, places.gather(1, order)


def _first_of_equals(scores: Tensor, least: Tensor, k: int) -> Tensor:
    """(R, k) ascending places of what is above ``least`` (R, 1), and of the first that equal it as many as lack."""
    above, equal = scores > least, scores == least
    lacking = k - above.sum(dim=1, keepdim=True)
    taken = above | (equal & (equal.cumsum(dim=1) <= lacking))
    return taken.nonzero()[:, 1].view(len(scores), k)
