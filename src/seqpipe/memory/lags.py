"""Values by lag: how many steps before the last one, in a direction's own order of reading."""

from __future__ import annotations

import numpy as np
import pandas as pd

BAND = (0.1, 0.5, 0.9)
"""Quantiles over the clips: the lower end of the band, the median, the upper end."""


def lags_of(longest: int, most: int) -> np.ndarray:
    """(n,) lags of clips of at most ``longest`` steps: all of them, or ``most`` at most, spaced by the logarithm."""
    if longest <= most:
        return np.arange(longest)
    spaced = np.geomspace(1, longest - 1, most - 1).round().astype(int)
    return np.unique(np.concatenate([[0], spaced]))


def at_lags(steps: np.ndarray, lengths: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """(N, n) what (N, T) values are at each lag from a clip's own end; NaN where the clip has no such step."""
    step = lengths[:, None] - 1 - lags[None]
    found: np.ndarray = np.where(step >= 0, np.take_along_axis(steps, step.clip(0), axis=1), np.nan)
    return found


def banded(values: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """The median over clips of (N, n) values, and their band: ``<name>_low``, ``<name>``, ``<name>_high``.

    NaN at a lag that no clip has.
    """
    known = np.isfinite(values)
    quantiles = np.full((len(BAND), values.shape[1]), np.nan)
    for lag in np.flatnonzero(known.any(axis=0)):
        quantiles[:, lag] = np.quantile(values[known[:, lag], lag], BAND)
    return dict(zip((f"{name}_low", name, f"{name}_high"), quantiles, strict=True))


def lag_table(lags: np.ndarray, seconds: np.ndarray, values: np.ndarray, name: str) -> pd.DataFrame:
    """A row a lag: lag, seconds (median), clips (that are so long), and the band of (N, n) ``values``."""
    told = {"lag": lags, "seconds": banded(seconds, "s")["s"], "clips": np.isfinite(values).sum(axis=0)}
    return pd.DataFrame(told | banded(values, name))


def relative(values: np.ndarray) -> np.ndarray:
    """(N, n) values as shares of those at lag 0; NaN for a clip where that is zero: there is nothing to share."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: np.ndarray = np.where(values[:, :1] > 0, values / values[:, :1], np.nan)
    return shares
