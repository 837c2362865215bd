"""From values over the lag to a memory: the decay a step, and how many steps it takes to fall by a factor."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

FACTORS = {"e": math.e, "100": 100.0}


class Reach(NamedTuple):
    """How values fall over the lag.

    Attributes:
        factor: What they are divided by a step: e to the slope of the straight line through their logarithms; below 1
            where they grow. NaN where fewer than two are positive.
        steps_e, steps_100: Steps until they have fallen by that factor: where they are seen to, else where the line
            does, beyond the longest lag; inf where they do not fall.
        left: What is left of them at the longest lag, as a share of that at lag 0.
        longest: The longest lag.
    """

    factor: float
    steps_e: float
    steps_100: float
    left: float
    longest: int


def reach(lags: np.ndarray, values: np.ndarray, weights: np.ndarray) -> Reach:
    """How values (n,) at these lags fall; each counts by its weight (n,), which is how many clips it is of.

    A value that is zero has no logarithm, and is left out of the line; what is left may still be zero.
    """
    known = np.isfinite(values) & (weights > 0)
    lags, values, weights = lags[known], values[known], weights[known]
    longest = int(lags.max()) if len(lags) else 0
    left = float(values[-1] / values[0]) if len(values) and values[0] > 0 else float("nan")
    slope = _slope(lags, values, weights)
    steps_e, steps_100 = (_steps(lags, values, slope, factor) for factor in FACTORS.values())
    return Reach(float(np.exp(np.clip(-slope, -700.0, 700.0))), steps_e, steps_100, left, longest)


def _slope(lags: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float:
    """Of the least-squares line through the logarithms of the positive values."""
    positive = values > 0
    if positive.sum() < 2:
        return float("nan")
    line = np.polyfit(lags[positive], np.log(values[positive]), 1, w=np.sqrt(weights[positive]))
    return float(line[0])


def _steps(lags: np.ndarray, values: np.ndarray, slope: float, factor: float) -> float:
    if math.isnan(slope):
        return float("nan")
    below = np.flatnonzero(values <= values[0] / factor)
    if len(below):
        return _crossing(lags, values, int(below[0]), values[0] / factor)
    return max(math.log(factor) / -slope, float(lags[-1])) if slope < 0 else math.inf


def _crossing(lags: np.ndarray, values: np.ndarray, n: int, level: float) -> float:
    """Where the values fall to the level between the lags n - 1 and n, by their logarithms."""
    above, below = values[n - 1], values[n]
    share = math.log(above / level) / math.log(above / below) if below > 0 else 1.0
    return float(lags[n - 1] + share * (lags[n] - lags[n - 1]))
